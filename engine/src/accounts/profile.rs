//! What people change about their own account.

use chrono_tz::Tz;
use domain::{
    Invalid,
    accounts::{Actor, Email, PersonName},
};

use super::{
    actor::person, letters::AccountLetter, send_mail::SendMail, session_store, sessions::SessionHash,
    sign_in::authenticate_again, store, throttle::MAILS_TO_ADDRESS,
};
use crate::{Engine, Error, Result};

/// Changes name and time zone (an IANA name).
pub async fn update_profile(engine: &Engine, actor: &Actor, name: &str, time_zone: &str) -> Result<()> {
    let user = person(actor)?;
    let name = PersonName::parse(name)?;
    let zone: Tz =
        time_zone.trim().parse().map_err(|_| Invalid::new("time_zone", "Choose a time zone such as Europe/Berlin."))?;
    store::update_profile(&mut *engine.db.acquire().await?, user.id, name.as_str(), zone.name()).await
}

/// Changes the password of whoever knows the current one, and signs out all browsers but
/// `keep`. `Invalid` of `current_password` or `new_password`.
pub async fn change_password(
    engine: &Engine,
    actor: &Actor,
    current: &str,
    new: &str,
    keep: &SessionHash,
) -> Result<()> {
    let user = authenticate_again(engine, actor, current).await?;
    engine.passwords.check("new_password", new, &[user.email.as_str(), &user.name]).await?;
    let hash = engine.passwords.hash(new).await?;

    let now = engine.now();
    let mut transaction = engine.db.begin().await?;
    if !store::change_password(&mut transaction, user.id, &user.password_hash, &hash, now).await? {
        return Err(Error::Conflict("The password was changed meanwhile. Sign in again.".into()));
    }
    store::use_up_tokens(&mut transaction, user.id, None, now).await?;
    session_store::delete_others(&mut transaction, user.id, Some(keep.as_bytes())).await?;
    let letter = AccountLetter::PasswordChanged { at: now };
    SendMail::enqueue(&mut transaction, letter, user.id, user.email, now).await?;
    transaction.commit().await?;
    Ok(())
}

/// Mails a link to the new address of whoever knows the password; the address changes when it
/// is opened. Whether the new address has an account is told to its owner alone. `Invalid` of
/// `current_password` or `email`.
pub async fn request_email_change(
    engine: &Engine,
    actor: &Actor,
    current_password: &str,
    new_email: &str,
) -> Result<()> {
    let email = Email::parse(new_email)?;
    let user = authenticate_again(engine, actor, current_password).await?;
    if email == user.email {
        return Err(Invalid::new("email", "This is your address already.").into());
    }
    MAILS_TO_ADDRESS.hit(engine, email.as_str()).await?;
    let mut connection = engine.db.acquire().await?;
    let (letter, about) = match store::user_of_email(&mut connection, &email).await? {
        Some(owner) => (AccountLetter::AlreadyRegistered, owner.id),
        None => (AccountLetter::ConfirmNewEmail, user.id),
    };
    SendMail::enqueue(&mut connection, letter, about, email, engine.now()).await
}
