//! Field data: what beacons say, and what the dashboard asks.
//!
//! A beacon goes `collector` → `wire` (decode) → `visit` (describe) → `writer` → `batch` (one
//! transaction); `fold` counts what batches appended. Questions are answered in `read`, from sketches where they can. Upkeep jobs keep
//! partitions ahead, roll hours up into days, and delete what a plan no longer keeps.

mod batch;
mod collector;
mod committer;
mod copy;
mod country;
mod delete_project_data;
mod delta;
mod delta_store;
mod demo;
mod expire_page_views;
mod fold;
mod frame;
mod health_store;
mod import;
mod keys;
mod keys_store;
mod learn_page_groups;
mod make_partitions;
mod members;
mod meters;
mod metric_store;
mod pace;
mod page_view;
mod page_views;
mod quota_store;
mod raw_store;
mod read;
mod read_store;
mod retention;
mod roll_up_days;
mod rows_store;
mod segment_name;
mod send_quota_notice;
mod shares;
mod sketch_row;
mod sketch_store;
mod spool;
mod store;
mod upkeep_store;
mod view_store;
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
pub use import::{Import, Sheaf, read_beacons};
pub use learn_page_groups::LearnPageGroups;
pub use make_partitions::MakePartitions;
pub use page_views::page_views;
pub use read::{
    NewestViews, Question, breakdown, changes, custom_metrics, distribution, first_beacon, fix_list, health,
    health_between, heat_map, month_usage, newest_views, newest_views_of, overview, own_vitals, page_group_view,
    preview_templates, standings, tag_names, trend, with_bots,
};
pub use roll_up_days::RollUpDays;
pub use segment_name::segment_name;
pub use send_quota_notice::SendQuotaNotice;
pub use spool::{SpoolConfig, SpoolDepth};
#[cfg(feature = "testing")]
pub use visit::Describer;
pub use vitals::vitals;
pub use wire::MAX_BODY;
#[cfg(feature = "testing")]
pub use wire::{decode as decode_beacon, key_of as key_of_beacon};

use crate::{
    config::{Variables, on_off},
    jobs::Registry,
};

/// What the room needs to know.
#[derive(Debug, Clone)]
pub struct RumConfig {
    /// Folder of the lookup tables: `user-agents.yaml`, `bots.json`, `country.mmdb`.
    pub assets: PathBuf,
    /// Where beacons wait while the database is away; `None`: they are refused then.
    pub spool: Option<SpoolConfig>,
}

impl RumConfig {
    /// `spool` is the folder for what waits while the database is away.
    pub fn read(variables: &mut Variables<'_>, assets: PathBuf, spool: PathBuf) -> Self {
        let is_on = variables.parsed("PERFALLY_SPOOL", true, on_off);
        let most_mib: u64 = variables.parsed("PERFALLY_SPOOL_MIB", 256, |text| {
            text.parse()
                .ok()
                .filter(|n| (1..=1_000_000).contains(n))
                .ok_or_else(|| format!("{text:?} is not a number from 1 to 1000000."))
        });
        let config = SpoolConfig { folder: spool, most_bytes: most_mib << 20 };
        Self { assets, spool: is_on.then_some(config) }
    }
}

/// The room's jobs.
pub fn jobs(registry: Registry) -> Registry {
    const MINUTE: Duration = Duration::from_secs(60);
    registry
        .with::<DeleteProjectData>()
        .with::<SendQuotaNotice>()
        .every::<MakePartitions>(60 * MINUTE)
        .every::<LearnPageGroups>(MINUTE)
        .every::<RollUpDays>(60 * MINUTE)
        .every::<ExpirePageViews>(60 * MINUTE)
}
