//! Who may do what: people, teams, roles. Sign-in itself is the engine's.

mod actor;
mod email;
mod role;

pub use actor::{Action, Actor, Membership, User};
pub use email::Email;
pub use role::Role;
