//! A forgotten password: a link to the account's address, and a new password by it.

use std::net::IpAddr;

use domain::{
    UserId,
    accounts::{Email, TokenPurpose},
};

use super::{
    letters::AccountLetter,
    send_mail::SendMail,
    session_store, store,
    throttle::{MAILS_FROM_ADDRESS, MAILS_TO_ADDRESS},
    tokens,
};
use crate::{Engine, Result};

/// Mails a link to choose a new password, if the address has an account. The answer does not
/// tell. `Throttled` after some mails to one address, known or not.
pub async fn request_password_reset(engine: &Engine, email: &str, from: IpAddr) -> Result<()> {
    let email = Email::parse(email)?;
    MAILS_FROM_ADDRESS.hit_from(engine, from).await?;
    MAILS_TO_ADDRESS.hit(engine, email.as_str()).await?;
    let mut connection = engine.db.acquire().await?;
    if let Some(user) = store::user_of_email(&mut connection, &email).await? {
        SendMail::enqueue(&mut connection, AccountLetter::ResetPassword, user.id, email, engine.now()).await?;
    }
    Ok(())
}

/// Sets the password of the account that the link was mailed for, confirms its address, signs
/// it out everywhere, and tells whom to sign in. `Invalid` of `token` for a link that is old,
/// used or made up, of `password` for one that is not taken; that leaves the link good.
pub async fn reset_password(engine: &Engine, token: &str, new: &str) -> Result<UserId> {
    let hash = tokens::hash(token).ok_or_else(tokens::refused)?;
    let user = {
        let mut connection = engine.db.acquire().await?;
        let link = store::token(&mut connection, &hash, engine.now()).await?;
        let link = link.filter(|link| link.purpose == TokenPurpose::ResetPassword).ok_or_else(tokens::refused)?;
        store::user(&mut connection, link.user_id).await?.ok_or_else(tokens::refused)?
    };
    engine.passwords.check("password", new, &[user.email.as_str(), &user.name]).await?;
    let password_hash = engine.passwords.hash(new).await?;

    let now = engine.now();
    let mut transaction = engine.db.begin().await?;
    let link = store::use_token(&mut transaction, &hash, &[TokenPurpose::ResetPassword], now).await?;
    let link = link.ok_or_else(tokens::refused)?;
    if !store::reset_password(&mut transaction, link.user_id, &link.email, &password_hash, now).await? {
        return Err(tokens::refused());
    }
    store::use_up_tokens(&mut transaction, link.user_id, None, now).await?;
    session_store::delete_others(&mut transaction, link.user_id, None).await?;
    let letter = AccountLetter::PasswordChanged { at: now };
    SendMail::enqueue(&mut transaction, letter, link.user_id, link.email, now).await?;
    transaction.commit().await?;
    Ok(link.user_id)
}
