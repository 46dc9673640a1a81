//! The frames around pages. What they hold beside the page is drawn on the server only.

#[cfg(feature = "ssr")]
mod brand;
#[cfg(feature = "ssr")]
mod crumbs;
#[cfg(not(feature = "ssr"))]
mod elsewhere;
#[cfg(feature = "ssr")]
pub mod go_page;
mod header;
#[cfg(feature = "ssr")]
mod not_found_page;
#[cfg(feature = "ssr")]
mod own_vitals;
#[cfg(feature = "ssr")]
mod place;
#[cfg(feature = "ssr")]
mod public_bars;
mod public_frame;
#[cfg(feature = "ssr")]
mod rail;
mod signed_in_frame;
#[cfg(feature = "ssr")]
mod signed_out;
mod still;
#[cfg(feature = "ssr")]
mod viewer;

#[cfg(feature = "ssr")]
pub use brand::Brand;
#[cfg(feature = "ssr")]
pub use crumbs::{Crumb, Crumbs};
#[cfg(not(feature = "ssr"))]
pub use elsewhere::Elsewhere;
pub use header::{PageHeader, PageTitle};
#[cfg(feature = "ssr")]
pub use not_found_page::NotFoundPage;
pub use public_frame::PublicFrame;
pub use signed_in_frame::SignedInFrame;
#[cfg(feature = "ssr")]
pub use viewer::Viewer;
