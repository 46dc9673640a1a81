//! The job that writes and sends a letter about an account.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    UserId,
    accounts::{Email, TokenPurpose},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use url::Url;
use uuid::Uuid;

use super::{letters::AccountLetter, store, tokens};
use crate::{
    Engine, Error, Result,
    jobs::{self, Job},
    mail::Letter,
};

/// Sends one letter. Holds no token: it is drawn while the letter is written, and again at each
/// try, all of them good until one is used.
#[derive(Debug, Serialize, Deserialize)]
pub struct SendMail {
    letter: AccountLetter,
    user: UserId,
    to: Email,
    /// Of the Message-ID, the same at each try.
    id: Uuid,
    asked_at: DateTime<Utc>,
}

impl SendMail {
    /// Enqueues a letter in the transaction that makes it true.
    pub(super) async fn enqueue(
        connection: &mut PgConnection,
        letter: AccountLetter,
        user: UserId,
        to: Email,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let job = Self { letter, user, to, id: Uuid::now_v7(), asked_at: now };
        jobs::enqueue(connection, &job, None, now).await
    }

    /// Draws the token of the letter's link. `None` where the letter has come to be pointless.
    async fn link(&self, engine: &Engine, purpose: TokenPurpose) -> Result<Option<Url>> {
        let mut connection = engine.db.acquire().await?;
        let Some(user) = store::user(&mut connection, self.user).await? else { return Ok(None) };
        let wanted = match purpose {
            TokenPurpose::VerifyEmail => user.email == self.to && user.email_verified_at.is_none(),
            TokenPurpose::ResetPassword => user.email == self.to,
            // Whoever asked before the password changed may have been who it was changed for.
            TokenPurpose::ChangeEmail => user.email != self.to && user.password_changed_at <= self.asked_at,
        };
        if !wanted {
            return Ok(None);
        }
        let token = tokens::draw()?;
        let hash = tokens::hash(&token).ok_or_else(|| Error::internal("a drawn token has no hash"))?;
        let now = engine.now();
        store::insert_token(&mut connection, &hash, purpose, self.user, &self.to, now, now + purpose.lifetime())
            .await?;
        let path = match purpose {
            TokenPurpose::VerifyEmail | TokenPurpose::ChangeEmail => "confirm",
            TokenPurpose::ResetPassword => "reset-password",
        };
        let mut link = engine.config.public_url.join(path).map_err(Error::internal)?;
        link.query_pairs_mut().append_pair("token", &token);
        Ok(Some(link))
    }
}

impl Job for SendMail {
    const KIND: &'static str = "send_mail";
    /// About a day.
    const MAX_ATTEMPTS: i32 = 32;
    const TIME_LIMIT: std::time::Duration = std::time::Duration::from_secs(60);
    const WAITS_FOR_OTHERS: bool = true;

    async fn run(self, engine: &Engine) -> Result<()> {
        let purpose = match self.letter {
            AccountLetter::VerifyEmail => Some(TokenPurpose::VerifyEmail),
            AccountLetter::AlreadyRegistered | AccountLetter::ResetPassword => Some(TokenPurpose::ResetPassword),
            AccountLetter::ConfirmNewEmail => Some(TokenPurpose::ChangeEmail),
            AccountLetter::PasswordChanged { .. } | AccountLetter::EmailChanged { .. } => None,
        };
        let now = engine.now();
        // Nobody waits for a link any more that was asked for so long ago.
        let good_for = purpose.map_or(TimeDelta::days(2), TokenPurpose::lifetime);
        if now > self.asked_at + good_for {
            tracing::warn!(letter = %self.id, "a letter came too late to be sent");
            return Ok(());
        }
        let link = match purpose {
            None => None,
            Some(purpose) => match self.link(engine, purpose).await? {
                Some(link) => Some(link),
                None => return Ok(()),
            },
        };
        let public_url = &engine.config.public_url;
        let words = self.letter.words(public_url, link);
        let letter = Letter::new(self.id, now, self.to, &words, public_url)?;
        engine.mail.send(&letter).await
    }
}
