//! Plans and their limits. Payment itself is the engine's.

mod plan;
mod quota;

pub use plan::{Api, Limit, Limits, Plan};
pub use quota::{Month, MonthUsage, Quota, QuotaMark, Ruling};
