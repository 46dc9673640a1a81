//! Opening the link that shows an address to be one's own.

use domain::{
    Invalid, UserId,
    accounts::{Email, TokenPurpose},
};
use sqlx::PgConnection;

use super::{letters::AccountLetter, send_mail::SendMail, session_store, store, tokens};
use crate::{Engine, Error, Result};

/// Uses up a link to confirm an address: of a new account, or the new one of an account, which
/// is then signed out everywhere. Tells whom to sign in. `Invalid` of `token` for a link that
/// is old, used or made up; of two uses at the same time one succeeds.
pub async fn confirm_email(engine: &Engine, token: &str) -> Result<UserId> {
    let hash = tokens::hash(token).ok_or_else(tokens::refused)?;
    let now = engine.now();
    let mut transaction = engine.db.begin().await?;
    let purposes = [TokenPurpose::VerifyEmail, TokenPurpose::ChangeEmail];
    let link = store::use_token(&mut transaction, &hash, &purposes, now).await?.ok_or_else(tokens::refused)?;
    match link.purpose {
        TokenPurpose::VerifyEmail => {
            if !store::verify_email(&mut transaction, link.user_id, &link.email, now).await? {
                return Err(tokens::refused());
            }
            store::use_up_tokens(&mut transaction, link.user_id, Some(TokenPurpose::VerifyEmail), now).await?;
        }
        TokenPurpose::ChangeEmail => change(&mut transaction, link.user_id, link.email, now).await?,
        TokenPurpose::ResetPassword => return Err(tokens::refused()),
    }
    transaction.commit().await?;
    Ok(link.user_id)
}

async fn change(
    connection: &mut PgConnection,
    id: UserId,
    to: Email,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let before = store::user(connection, id).await?.ok_or_else(tokens::refused)?;
    if store::change_email(connection, id, &to, now).await?.is_none() {
        // Whoever confirms reads the mail of that address: this tells them nothing new.
        return Err(Error::Invalid(Invalid::new(
            "token",
            "This address has an account of its own by now. Sign in with it, or choose another address.",
        )));
    }
    // Links that were mailed to the address before open nothing any more, nor does a browser
    // that was signed in.
    store::use_up_tokens(connection, id, None, now).await?;
    session_store::delete_others(connection, id, None).await?;
    let letter = AccountLetter::EmailChanged { to, at: now };
    SendMail::enqueue(connection, letter, id, before.email, now).await
}
