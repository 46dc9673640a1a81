//! People: sign-up, sign-in, sessions, personal teams, and the mails with links.
//!
//! Whether an address has an account is told to nobody but who reads its mail: every verb that
//! takes an address answers known and unknown ones with equal words after equal work.
//!
//! Nothing that opens anything is stored: passwords as argon2id, session ids and the tokens of
//! links as SHA-256, and a queued mail holds no token yet.

mod actor;
mod browser;
mod confirm_email;
mod letters;
mod password;
mod profile;
mod purge_accounts;
mod reset_password;
mod send_mail;
mod session_store;
mod sessions;
mod sign_in;
mod sign_up;
mod store;
mod teams;
#[cfg(test)]
mod tests;
mod throttle;
mod tokens;

pub use actor::actor;
pub use browser::browser_label;
pub use confirm_email::confirm_email;
pub use password::Hasher;
pub use profile::{change_password, request_email_change, update_profile};
pub use purge_accounts::PurgeAccounts;
pub use reset_password::{request_password_reset, reset_password};
pub use send_mail::SendMail;
pub use sessions::{
    SESSION_LENGTH, SessionHash, SessionRecord, revoke_other_sessions, revoke_session, session_create, session_delete,
    session_load, session_save, sessions,
};
pub use sign_in::sign_in;
pub use sign_up::{SignUp, SignedUp, add_user, sign_up};
pub use teams::{house_team, owners, personal_owner, personal_team, show_house};
pub use tokens::peek_token;
pub(crate) use tokens::{draw as draw_token, hash as hash_token};
