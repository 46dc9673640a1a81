//! Field data: what beacons say, and what the dashboard asks.
//!
//! A beacon goes `collector` → `wire` (decode) → `visit` (describe) → `writer` → `batch` (one
//! transaction). Questions are answered in `read` from sketches only. Upkeep jobs keep partitions
//! ahead, roll hours up into days, and delete what a plan no longer keeps.

mod batch;
mod collector;
mod copy;
mod delete_project_data;
mod demo;
mod expire_page_views;
mod learn_page_groups;
mod make_partitions;
mod page_view;
mod page_views;
mod read;
mod read_store;
mod roll_up_days;
mod rows_store;
mod store;
mod upkeep_store;
mod visit;
mod vitals;
mod wire;
mod writer;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, time::Duration};

pub use collector::{Arrival, Collector, Refusal};
pub use delete_project_data::DeleteProjectData;
pub use demo::seed_demo;
pub use expire_page_views::ExpirePageViews;
pub use learn_page_groups::LearnPageGroups;
pub use make_partitions::MakePartitions;
pub use page_views::page_views;
pub use read::{breakdown, first_beacon, health, health_between, overview, preview_templates, trend};
pub use roll_up_days::RollUpDays;
pub use vitals::vitals;
pub use wire::MAX_BODY;

use crate::{config::Variables, jobs::Registry};

/// What the room needs to know.
#[derive(Debug, Clone)]
pub struct RumConfig {
    /// Folder of the lookup tables: `user-agents.yaml`, `bots.json`, `country.mmdb`.
    pub assets: PathBuf,
}

impl RumConfig {
    pub fn read(_variables: &mut Variables<'_>, assets: PathBuf) -> Self {
        Self { assets }
    }
}

/// The room's jobs.
pub fn jobs(registry: Registry) -> Registry {
    const MINUTE: Duration = Duration::from_secs(60);
    registry
        .with::<DeleteProjectData>()
        .every::<MakePartitions>(60 * MINUTE)
        .every::<LearnPageGroups>(MINUTE)
        .every::<RollUpDays>(60 * MINUTE)
        .every::<ExpirePageViews>(6 * 60 * MINUTE)
}
