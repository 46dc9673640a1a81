//! Programs: their API keys, how often they may ask, and what they are answered.
//!
//! A request goes `authenticate` (whose key it is) → `allowance` (one more of the plan's
//! requests an hour) → `answers`, where live keys read their team's data by the rooms' verbs and
//! test keys read `fixtures`.

mod allowance;
mod answers;
mod api_keys;
mod authenticate;
mod clock;
pub mod fixtures;
mod purge_api_keys;
mod store;
#[cfg(test)]
mod tests;

pub use allowance::{Allowance, count_request};
pub use answers::{PAGE, Page, find_project, health, list_projects, page_views, vitals};
pub use api_keys::{NewApiKey, add_api_key, api_keys, create_api_key, revoke_api_key};
pub use authenticate::authenticate;
pub use clock::now;
pub use purge_api_keys::PurgeApiKeys;

use std::time::Duration;

use crate::jobs::Registry;

/// The room's jobs.
pub fn jobs(registry: Registry) -> Registry {
    registry.every::<PurgeApiKeys>(Duration::from_secs(24 * 3_600))
}
