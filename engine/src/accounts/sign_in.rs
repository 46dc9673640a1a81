//! Getting in with a password, and showing once more that one knows it.

use std::net::IpAddr;

use domain::{
    Invalid, UserId,
    accounts::{Actor, Email},
};

use super::{
    actor::person,
    letters::AccountLetter,
    send_mail::SendMail,
    store::{self, UserRow},
    throttle::{GUESSES_FROM_ADDRESS, GUESSES_OF_ACCOUNT, VERIFICATION_AGAIN},
};
use crate::{Engine, Error, Result};

/// Who has this address and password. Otherwise `Invalid` of `password`, in the same words and
/// after the same work whether the address is known; `Throttled` after ten wrong guesses of an
/// account in 15 minutes.
///
/// An unconfirmed address is told to open the link in its mail, which is sent again; only to
/// who knows the password.
pub async fn sign_in(engine: &Engine, email: &str, password: &str, from: IpAddr) -> Result<UserId> {
    let Ok(email) = Email::parse(email) else { return Err(wrong()) };
    let from_address = GUESSES_FROM_ADDRESS.hit_from(engine, from).await?;
    let of_account = GUESSES_OF_ACCOUNT.hit(engine, email.as_str()).await?;
    let known = store::user_of_email(&mut *engine.db.acquire().await?, &email).await?;
    let hash = known.as_ref().map(|user| user.password_hash.as_str());
    let is_right = engine.passwords.verify(password, hash).await?;
    let Some(user) = known.filter(|_| is_right) else { return Err(wrong()) };
    // It was no guess.
    of_account.take_back(engine).await?;
    if let Some(hit) = from_address {
        hit.take_back(engine).await?;
    }
    if user.email_verified_at.is_none() {
        return Err(send_verification_again(engine, user).await?);
    }
    Ok(user.id)
}

fn wrong() -> Error {
    Invalid::new("password", "The address or the password is wrong.").into()
}

async fn send_verification_again(engine: &Engine, user: UserRow) -> Result<Error> {
    match VERIFICATION_AGAIN.hit(engine, user.email.as_str()).await {
        Ok(_) => {
            let mut connection = engine.db.acquire().await?;
            SendMail::enqueue(&mut connection, AccountLetter::VerifyEmail, user.id, user.email, engine.now()).await?;
        }
        // It was sent a moment ago.
        Err(Error::Throttled { .. }) => {}
        Err(error) => return Err(error),
    }
    Ok(Invalid::new("email", "Open the link in the mail that we sent you: it confirms your address and signs you in.")
        .into())
}

/// Whether the person who is signed in knows the account's password, counted like a sign-in.
/// `Invalid` of `current_password` otherwise.
pub(super) async fn authenticate_again(engine: &Engine, actor: &Actor, password: &str) -> Result<UserRow> {
    let id = person(actor)?.id;
    let user = store::user(&mut *engine.db.acquire().await?, id).await?.ok_or(Error::Unauthenticated)?;
    let guess = GUESSES_OF_ACCOUNT.hit(engine, user.email.as_str()).await?;
    if !engine.passwords.verify(password, Some(&user.password_hash)).await? {
        return Err(Invalid::new("current_password", "This is not your password.").into());
    }
    guess.take_back(engine).await?;
    Ok(user)
}
