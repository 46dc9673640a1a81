//! Pages for people who do not have an account yet.

pub mod demo_page;
#[cfg(feature = "ssr")]
pub mod landing_page;
mod plans;
pub mod pricing_page;
