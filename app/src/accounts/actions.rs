//! What the account pages ask the server to do.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, ui::Moment};
#[cfg(feature = "ssr")]
use crate::{routes, ssr};

/// Makes an account. The answer is the same for an address that has one already; its owner
/// gets a mail that says so.
#[server(prefix = "/api/ui", endpoint = "accounts/sign-up")]
pub async fn sign_up(name: String, email: String, password: String, time_zone: Option<String>) -> Result<(), AppError> {
    let kept = [("name", name.as_str()), ("email", email.as_str())];
    ssr::form::<SignUp, _>(routes::SIGN_UP.to_owned(), &kept, async {
        let request = ssr::request()?;
        let sign_up = engine::accounts::SignUp { name: name.clone(), email: email.clone(), password, time_zone };
        engine::accounts::sign_up(&request.engine, sign_up, request.client_address).await?;
        Ok(())
    })
    .await
}

/// Signs the browser in and leads to `next`, or to the projects.
#[server(prefix = "/api/ui", endpoint = "accounts/sign-in")]
pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), AppError> {
    let next = next.as_deref().and_then(routes::safe_next);
    let back = next.as_deref().map_or_else(|| routes::SIGN_IN.to_owned(), routes::sign_in_and_back);
    ssr::form::<SignIn, _>(back, &[("email", &email)], async {
        let request = ssr::request()?;
        let user = engine::accounts::sign_in(&request.engine, &email, &password, request.client_address).await?;
        ssr::sign_in(user).await?;
        leptos_axum::redirect(next.as_deref().unwrap_or(routes::PROJECTS));
        Ok(())
    })
    .await
}

/// Ends this browser's session.
#[server(prefix = "/api/ui", endpoint = "accounts/sign-out")]
pub async fn sign_out() -> Result<(), AppError> {
    ssr::sign_out().await?;
    ssr::lead_to(routes::LANDING, "You are signed out.");
    Ok(())
}

/// Mails a link to choose a new password, if the address has an account.
#[server(prefix = "/api/ui", endpoint = "accounts/forgot-password")]
pub async fn forgot_password(email: String) -> Result<(), AppError> {
    ssr::form::<ForgotPassword, _>(routes::FORGOT_PASSWORD.to_owned(), &[("email", &email)], async {
        let request = ssr::request()?;
        engine::accounts::request_password_reset(&request.engine, &email, request.client_address).await?;
        Ok(())
    })
    .await
}

/// Sets the password by the link in a mail, and signs this browser in. All others are signed out.
#[server(prefix = "/api/ui", endpoint = "accounts/reset-password")]
pub async fn reset_password(token: String, password: String) -> Result<(), AppError> {
    ssr::form::<ResetPassword, _>(routes::with_params(routes::RESET_PASSWORD, [("token", token.clone())]), &[], async {
        let user = engine::accounts::reset_password(&ssr::engine()?, &token, &password).await?;
        ssr::sign_in(user).await?;
        ssr::lead_to(routes::PROJECTS, "Your password is changed. You are signed out everywhere else.");
        Ok(())
    })
    .await
}

/// Confirms an address by the link in a mail, and signs this browser in.
#[server(prefix = "/api/ui", endpoint = "accounts/confirm")]
pub async fn confirm(token: String) -> Result<(), AppError> {
    ssr::form::<Confirm, _>(routes::with_params(routes::CONFIRM, [("token", token.clone())]), &[], async {
        let user = engine::accounts::confirm_email(&ssr::engine()?, &token).await?;
        ssr::sign_in(user).await?;
        ssr::lead_to(routes::PROJECTS, "Your address is confirmed.");
        Ok(())
    })
    .await
}

/// What a link in a mail is for, as its page knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    Confirm,
    Reset,
}

/// Whether a link in a mail would still work. Asking changes nothing.
#[server(prefix = "/api/ui", endpoint = "accounts/link", input = server_fn::codec::GetUrl)]
pub async fn link_works(kind: LinkKind, token: String) -> Result<bool, AppError> {
    ssr::read(async {
        use domain::accounts::TokenPurpose;
        let purposes: &[TokenPurpose] = match kind {
            LinkKind::Confirm => &[TokenPurpose::VerifyEmail, TokenPurpose::ChangeEmail],
            LinkKind::Reset => &[TokenPurpose::ResetPassword],
        };
        Ok(engine::accounts::peek_token(&ssr::engine()?, purposes, &token).await?)
    })
    .await
}

/// What the profile page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: String,
    pub email: String,
    pub time_zone: String,
    /// IANA names, parted by spaces.
    pub time_zones: String,
}

#[server(prefix = "/api/ui", endpoint = "accounts/profile", input = server_fn::codec::GetUrl)]
pub async fn read_profile() -> Result<Profile, AppError> {
    ssr::read(async {
        let actor = ssr::actor().await?;
        let user = actor.user().ok_or(AppError::Unauthenticated)?;
        Ok(Profile {
            name: user.name.clone(),
            email: user.email.to_string(),
            time_zone: user.time_zone.clone(),
            time_zones: chrono_tz::TZ_VARIANTS.map(|zone| zone.name()).join(" "),
        })
    })
    .await
}

#[server(prefix = "/api/ui", endpoint = "accounts/update-profile")]
pub async fn update_profile(name: String, time_zone: String) -> Result<(), AppError> {
    let kept = [("name", name.as_str()), ("time_zone", time_zone.as_str())];
    ssr::form::<UpdateProfile, _>(routes::PROFILE.to_owned() + "#you", &kept, async {
        let actor = ssr::actor().await?;
        Ok(engine::accounts::update_profile(&ssr::engine()?, &actor, &name, &time_zone).await?)
    })
    .await
}

/// Mails a link to the new address; the account's address changes once it is opened.
#[server(prefix = "/api/ui", endpoint = "accounts/change-email")]
pub async fn change_email(email: String, current_password: String) -> Result<(), AppError> {
    ssr::form::<ChangeEmail, _>(routes::PROFILE.to_owned() + "#address", &[("email", &email)], async {
        let actor = ssr::actor().await?;
        Ok(engine::accounts::request_email_change(&ssr::engine()?, &actor, &current_password, &email).await?)
    })
    .await
}

#[server(prefix = "/api/ui", endpoint = "accounts/change-password")]
pub async fn change_password(current_password: String, new_password: String) -> Result<(), AppError> {
    ssr::form::<ChangePassword, _>(routes::SECURITY.to_owned() + "#password", &[], async {
        let actor = ssr::actor().await?;
        Ok(engine::accounts::change_password(
            &ssr::engine()?,
            &actor,
            &current_password,
            &new_password,
            &ssr::session_hash()?,
        )
        .await?)
    })
    .await
}

/// One line of the list of sessions, its times in the person's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    pub hash_hex: String,
    pub browser: String,
    pub since: Moment,
    pub last_seen: Moment,
    /// Whether it is this browser's.
    pub here: bool,
}

#[server(prefix = "/api/ui", endpoint = "accounts/sessions", input = server_fn::codec::GetUrl)]
pub async fn list_sessions() -> Result<Vec<SessionLine>, AppError> {
    ssr::read(async {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let now = engine.now();
        let clock = crate::local_time::LocalTime::of(&actor);
        let sessions = engine::accounts::sessions(&engine, &actor).await?;
        let here = ssr::session_hash()?.to_hex();
        let line = |session: domain::accounts::SessionSummary| SessionLine {
            here: session.hash_hex == here,
            since: clock.day_of(session.created_at),
            last_seen: clock.ago(session.last_seen_at, now),
            browser: session.browser,
            hash_hex: session.hash_hex,
        };
        Ok(sessions.into_iter().map(line).collect())
    })
    .await
}

#[server(prefix = "/api/ui", endpoint = "accounts/revoke-session")]
pub async fn revoke_session(hash_hex: String) -> Result<(), AppError> {
    ssr::form::<RevokeSession, _>(routes::SECURITY.to_owned() + "#sessions", &[], async {
        let actor = ssr::actor().await?;
        Ok(engine::accounts::revoke_session(&ssr::engine()?, &actor, &hash_hex).await?)
    })
    .await
}

#[server(prefix = "/api/ui", endpoint = "accounts/revoke-other-sessions")]
pub async fn revoke_other_sessions() -> Result<(), AppError> {
    ssr::form::<RevokeOtherSessions, _>(routes::SECURITY.to_owned() + "#sessions", &[], async {
        let actor = ssr::actor().await?;
        Ok(engine::accounts::revoke_other_sessions(&ssr::engine()?, &actor, &ssr::session_hash()?).await?)
    })
    .await
}
