//! What visitors measured: the overview, the tables of segments, data health, and their parts. But for `figures` and
//! `live`, all of it is the server's: browsers are sent what it shows.

pub mod actions;
pub mod base;
#[cfg(feature = "ssr")]
mod basis_words;
#[cfg(feature = "ssr")]
mod breakdown_table;
#[cfg(feature = "ssr")]
pub mod causes;
mod chips;
#[cfg(feature = "ssr")]
mod distribution;
#[cfg(feature = "ssr")]
mod distribution_chart;
pub mod figures;
#[cfg(feature = "ssr")]
pub mod filters;
#[cfg(feature = "ssr")]
mod first_views;
#[cfg(feature = "ssr")]
pub mod guest_page;
pub mod health_actions;
#[cfg(feature = "ssr")]
pub mod health_page;
#[cfg(feature = "ssr")]
mod health_words;
#[cfg(feature = "ssr")]
mod heat_map;
#[cfg(feature = "ssr")]
mod heat_map_chart;
#[cfg(feature = "ssr")]
mod kept_figures;
pub mod live;
#[cfg(feature = "ssr")]
pub mod overview;
pub mod overview_page;
#[cfg(feature = "ssr")]
pub mod segments_page;
#[cfg(feature = "ssr")]
mod segments_table;
#[cfg(feature = "ssr")]
mod share_button;
#[cfg(feature = "ssr")]
mod trend;
#[cfg(feature = "ssr")]
mod trend_chart;
#[cfg(feature = "ssr")]
mod trend_marks;
#[cfg(feature = "ssr")]
pub mod vital_card;
#[cfg(feature = "ssr")]
mod volume_chart;
#[cfg(feature = "ssr")]
pub mod words;

#[cfg(feature = "ssr")]
pub use causes::view_row;
#[cfg(feature = "ssr")]
pub use kept_figures::KeptFigures;
