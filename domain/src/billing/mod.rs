//! Plans and their limits. Payment itself is the engine's.

mod plan;

pub use plan::{Api, Limit, Limits, Plan};
