//! The frames around pages.

#[cfg(not(feature = "ssr"))]
mod elsewhere;
mod header;
mod not_found_page;
mod public_frame;
mod rail;
mod signed_in_frame;
mod viewer;

#[cfg(not(feature = "ssr"))]
pub use elsewhere::Elsewhere;
pub use header::{PageHeader, PageTitle};
pub use not_found_page::NotFoundPage;
pub use public_frame::PublicFrame;
pub use signed_in_frame::SignedInFrame;
pub use viewer::Viewer;
