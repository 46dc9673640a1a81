//! What real visitors measured: vitals, ratings, sketches, and the shapes of the answers.

mod basis;
mod dimension;
mod drop_reason;
mod filter;
mod health;
mod interval;
mod overview;
mod percentile;
mod period;
mod query;
mod rating;
mod series;
mod sketch;
mod state;
mod verdict;
mod visit;
mod vital;

pub use basis::{Basis, Bound, LeftOut};
pub use dimension::{Breakdown, BreakdownRow, Dimension};
pub use drop_reason::{DropReason, ValueFault};
pub use filter::{Filter, TagValue};
pub use health::{FirstBeacon, Health};
pub use interval::Interval;
pub use overview::{Overview, VitalSummary};
pub use percentile::Percentile;
pub use period::{Days, Granularity, Period};
pub use query::Query;
pub use rating::{Rating, Shares};
pub use series::{Point, Series};
pub use sketch::{Measured, SketchError, Tally, ViewSketch, VitalSketch, Weight};
pub use state::State;
pub use verdict::{DeviceVerdict, Verdict};
pub use visit::{Bot, Device, NavigationType};
pub use vital::{Vital, Vitals};
