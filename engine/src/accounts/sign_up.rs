//! Getting an account.

use std::net::IpAddr;

use chrono_tz::Tz;
use domain::{
    UserId,
    accounts::{Actor, Email, PersonName, TokenPurpose},
};
use uuid::Uuid;

use super::{
    letters::AccountLetter,
    send_mail::SendMail,
    store, teams,
    throttle::{MAILS_TO_ADDRESS, SIGN_UPS_FROM_ADDRESS},
};
use crate::{Engine, Error, Result};

/// What somebody typed to get an account.
#[derive(Debug, Clone)]
pub struct SignUp {
    pub name: String,
    pub email: String,
    pub password: String,
    /// IANA name as the browser gave it; UTC where absent or unknown.
    pub time_zone: Option<String>,
}

/// What a sign-up did. The page must say the same for both: "check your mail".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedUp {
    Created(UserId),
    /// The address has an account already; its owner was written to.
    MailSent,
}

/// Makes an account with its personal team, and mails a link that confirms the address and
/// signs in. Where the address has an account, its owner gets a letter that says so, with a
/// link to choose a password.
///
/// An account whose address is unconfirmed may be a stranger's who typed that address first.
/// The link that this stranger caused ends here: who reads the mail gets in by choosing a
/// password of their own, never by confirming the stranger's.
pub async fn sign_up(engine: &Engine, form: SignUp, from: IpAddr) -> Result<SignedUp> {
    let name = PersonName::parse(&form.name)?;
    let email = Email::parse(&form.email)?;
    SIGN_UPS_FROM_ADDRESS.hit_from(engine, from).await?;
    engine.passwords.check("password", &form.password, &[email.as_str(), name.as_str()]).await?;
    let time_zone = form.time_zone.as_deref().and_then(|zone| zone.parse::<Tz>().ok()).unwrap_or(Tz::UTC);
    MAILS_TO_ADDRESS.hit(engine, email.as_str()).await?;
    let hash = engine.passwords.hash(&form.password).await?;

    let now = engine.now();
    let user = store::NewUser {
        id: UserId(Uuid::now_v7()),
        email: &email,
        email_verified_at: None,
        name: name.as_str(),
        time_zone: time_zone.name(),
        password_hash: &hash,
        now,
    };
    let mut transaction = engine.db.begin().await?;
    let signed_up = if store::insert_user(&mut transaction, &user).await? {
        teams::make_personal_team(&mut transaction, user.id, &name, now).await?;
        SendMail::enqueue(&mut transaction, AccountLetter::VerifyEmail, user.id, email.clone(), now).await?;
        SignedUp::Created(user.id)
    } else {
        // Gone between the two statements only if the account was deleted or its address
        // changed just now: whoever typed it may try again.
        let known = store::user_of_email(&mut transaction, &email).await?;
        let known = known.ok_or_else(|| Error::Conflict("The address just changed hands. Try again.".into()))?;
        if known.email_verified_at.is_none() {
            store::use_up_tokens(&mut transaction, known.id, Some(TokenPurpose::VerifyEmail), now).await?;
        }
        SendMail::enqueue(&mut transaction, AccountLetter::AlreadyRegistered, known.id, email, now).await?;
        SignedUp::MailSent
    };
    transaction.commit().await?;
    Ok(signed_up)
}

/// Makes an account whose address the operator vouches for. `Conflict` where there is one,
/// `Forbidden` to all but the system.
pub async fn add_user(engine: &Engine, actor: &Actor, email: &str, password: &str) -> Result<UserId> {
    if *actor != Actor::System {
        return Err(Error::Forbidden);
    }
    let email = Email::parse(email)?;
    engine.passwords.check("password", password, &[email.as_str()]).await?;
    let local_part = email.as_str().split('@').next().unwrap_or_default();
    let name = PersonName::parse(local_part)?;
    let hash = engine.passwords.hash(password).await?;

    let now = engine.now();
    let user = store::NewUser {
        id: UserId(Uuid::now_v7()),
        email: &email,
        email_verified_at: Some(now),
        name: name.as_str(),
        time_zone: Tz::UTC.name(),
        password_hash: &hash,
        now,
    };
    let mut transaction = engine.db.begin().await?;
    if !store::insert_user(&mut transaction, &user).await? {
        return Err(Error::Conflict(format!("{email} has an account already.")));
    }
    teams::make_personal_team(&mut transaction, user.id, &name, now).await?;
    transaction.commit().await?;
    Ok(user.id)
}
