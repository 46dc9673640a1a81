//! People: signing up, in and out, and what they can change about themselves.

pub mod actions;
pub mod confirm_page;
pub mod forgot_password_page;
pub mod profile_page;
pub mod reset_password_page;
#[cfg(feature = "ssr")]
pub mod security_page;
pub mod sign_in_page;
pub mod sign_up_page;
mod signing;
