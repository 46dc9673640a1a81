//! Pages for people who do not have an account yet.

pub mod demo_page;
#[cfg(feature = "ssr")]
pub mod landing_page;
#[cfg(feature = "ssr")]
mod plans;
#[cfg(feature = "ssr")]
mod pr_comment;
#[cfg(feature = "ssr")]
pub mod pricing_page;
