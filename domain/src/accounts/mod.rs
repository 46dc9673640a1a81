//! Who may do what: people, teams, roles. Sign-in itself is the engine's.

mod actor;
mod email;
mod name;
mod role;
mod session;
mod token_purpose;

pub use actor::{Action, Actor, Guest, KeyHolder, Membership, User};
pub use email::Email;
pub use name::PersonName;
pub use role::Role;
pub use session::SessionSummary;
pub use token_purpose::TokenPurpose;
