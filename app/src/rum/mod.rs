//! What visitors measured: the overview, the tables of segments, data health, and their parts.

pub mod actions;
pub mod base;
#[cfg(feature = "ssr")]
mod basis_words;
mod breakdown_table;
#[cfg(feature = "ssr")]
pub mod causes;
mod chips;
mod distribution;
#[cfg(feature = "ssr")]
mod distribution_chart;
pub mod filters;
pub mod health_actions;
#[cfg(feature = "ssr")]
pub mod health_page;
#[cfg(feature = "ssr")]
mod health_words;
pub mod live;
pub mod overview;
pub mod overview_page;
#[cfg(feature = "ssr")]
pub mod segments_page;
#[cfg(feature = "ssr")]
mod segments_table;
mod trend;
#[cfg(feature = "ssr")]
mod trend_chart;
pub mod vital_card;
#[cfg(feature = "ssr")]
mod volume_chart;
pub mod words;

#[cfg(feature = "ssr")]
pub use causes::view_row;
