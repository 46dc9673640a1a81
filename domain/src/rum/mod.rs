//! What real visitors measured: vitals, ratings, sketches, and the shapes of the answers.

mod dimension;
mod drop_reason;
mod figures;
mod health;
mod interval;
mod overview;
mod page_view_record;
mod query;
mod rating;
mod series;
mod sketch;
mod state;
mod time_range;
mod verdict;
mod visit;
mod vital;

pub use dimension::{Breakdown, BreakdownRow, Dimension};
pub use drop_reason::{DropReason, ValueFault};
pub use figures::{FigureGroup, FigurePoint, Figures, FiguresQuery, Gathering};
pub use health::{FirstBeacon, Health};
pub use interval::Interval;
pub use overview::{Overview, VitalSummary};
pub use page_view_record::{AttributionRecord, PageViewPlace, PageViewRecord};
pub use query::{Filter, Granularity, Percentile, Period, Query};
pub use rating::{Rating, Shares};
pub use series::{Point, Series};
pub use sketch::{Measured, SketchError, Tally, ViewSketch, VitalSketch, Weight};
pub use state::State;
pub use time_range::TimeRange;
pub use verdict::{DeviceVerdict, Verdict};
pub use visit::{Bot, Device, NavigationType};
pub use vital::{Vital, Vitals};
