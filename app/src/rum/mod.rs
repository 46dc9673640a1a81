//! What visitors measured: the overview and its parts.

pub mod actions;
mod breakdown_table;
mod filters;
pub mod live;
pub mod overview;
pub mod overview_page;
mod trend;
#[cfg(feature = "ssr")]
mod trend_chart;
pub mod vital_card;
pub mod words;
