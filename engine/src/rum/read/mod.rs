//! The dashboard's questions, one file each. They are answered from sketches, so that their cost
//! grows with the period and the number of groups, not with the page views; where no sketch is
//! kept for a combination of filters, from so many raw rows at most ([`one_by_one`]), and the
//! answer says so.

mod breakdown;
mod changes;
mod custom_metrics;
mod distribution;
mod first_beacon;
mod fix;
mod health;
mod heat_map;
mod judgement;
mod live;
mod month;
mod one_by_one;
mod overview;
mod own_vitals;
mod page_group;
mod paths;
mod question;
mod standings;
mod trend;

pub use breakdown::{breakdown, tag_names};
pub use changes::changes;
pub use custom_metrics::custom_metrics;
pub use distribution::distribution;
pub use first_beacon::first_beacon;
pub use fix::fix_list;
pub use health::{health, health_between, with_bots};
pub use heat_map::heat_map;
pub use live::{NewestViews, newest_views, newest_views_of};
pub use month::month_usage;
pub use overview::overview;
pub use own_vitals::own_vitals;
pub use page_group::page_group_view;
pub use paths::preview_templates;
pub use question::Question;
pub use standings::standings;
pub use trend::trend;
