//! A vital by the hour of the week.

use serde::{Deserialize, Serialize};

use super::{Basis, Percentile, State, Vital};

/// How a vital is at each hour of each weekday, by somebody's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeatMap {
    pub vital: Vital,
    /// Which percentile the cells' values are.
    pub percentile: Percentile,
    pub basis: Basis,
    /// One for each hour of the week: Monday's 24, then Tuesday's, up to Sunday's.
    pub cells: Vec<HeatCell>,
}

impl HeatMap {
    pub const DAYS: usize = 7;
    pub const HOURS: usize = 24;
}

/// One hour of one weekday, over all weeks of the period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeatCell {
    /// Page views that reported the vital.
    pub count: u64,
    pub value: Option<f64>,
    pub state: State,
}
