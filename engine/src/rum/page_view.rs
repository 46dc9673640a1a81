//! One page view as it is stored, and its place in the sketches.

use std::borrow::Cow;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    PageViewId, ProjectId,
    rum::{Bot, Device, Dimension, Granularity, Measured, Vital, Weight},
};

use super::{keys, wire::Beacon};

/// A page view as one beacon tells it.
#[derive(Debug, Clone)]
pub struct PageView {
    pub project: ProjectId,
    /// When the beacon was received.
    pub at: DateTime<Utc>,
    pub page_group: String,
    pub device: Device,
    pub browser: String,
    pub os: String,
    pub country: String,
    pub bot: Bot,
    pub bot_reason: Cow<'static, str>,
    pub beacon: Beacon,
    /// The beacon as it came: the spool keeps it so.
    pub body: Bytes,
}

/// A row of `page_views`: the newest beacon, and what the writer decides.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub view: &'a PageView,
    /// When the first beacon was received.
    pub at: DateTime<Utc>,
    /// Page views that this one stands for because of the team's quota.
    pub sample_factor: u16,
    /// Which of [`KEYED`] count it under [`Dimension::OTHER_KEY`], one bit each.
    pub other_keys: u16,
}

/// What the sketches hold of a page view: enough to take it back.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted<K = String> {
    pub at: DateTime<Utc>,
    pub device: Device,
    /// The key of each of [`KEYED`] under which it is counted.
    pub keys: [K; KEYED.len()],
    pub bot: Bot,
    pub measured: Measured,
    /// Within the weight of `measured`.
    pub sample_factor: u16,
}

/// The dimensions whose sketches have a key; `Device` rows have none beside the device.
pub const KEYED: [Dimension; 7] = [
    Dimension::PageGroup,
    Dimension::Country,
    Dimension::Browser,
    Dimension::Os,
    Dimension::Connection,
    Dimension::NavigationType,
    Dimension::Release,
];

/// One row of `page_view_sketches`, of one grain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SketchKey {
    pub project: ProjectId,
    pub dimension: Dimension,
    pub at: DateTime<Utc>,
    pub key: String,
    pub device: Device,
}

impl PageView {
    pub const fn id(&self) -> PageViewId {
        self.beacon.id
    }

    pub const fn seq(&self) -> i32 {
        self.beacon.seq
    }

    pub fn vital(&self, vital: Vital) -> Option<f64> {
        self.beacon.vitals.get(vital)
    }

    /// The value of each of [`KEYED`].
    pub fn keys(&self) -> [&str; KEYED.len()] {
        [
            &self.page_group,
            &self.country,
            &self.browser,
            &self.os,
            &self.beacon.connection,
            self.beacon.navigation_type.as_str(),
            &self.beacon.release,
        ]
    }
}

impl<'a> Row<'a> {
    /// Page views that this one stands for, because the script sampled or the quota did.
    pub fn weight(&self) -> Weight {
        self.view.beacon.weight.times(self.sample_factor)
    }

    pub fn counted(&self) -> Counted<&'a str> {
        let mut place = 0;
        Counted {
            at: self.at,
            device: self.view.device,
            keys: self.view.keys().map(|key| {
                place += 1;
                keys::counted_as(key, self.other_keys, place - 1)
            }),
            bot: self.view.bot,
            measured: Measured { vitals: self.view.beacon.vitals, weight: self.weight() },
            sample_factor: self.sample_factor,
        }
    }
}

impl Counted {
    /// The rows of a grain that count this page view; none for what is not human.
    pub fn sketch_keys(&self, grain: Granularity, project: ProjectId) -> impl Iterator<Item = SketchKey> + '_ {
        let at = grain.floor(self.at);
        let row =
            move |dimension, key: &str| SketchKey { project, dimension, at, key: key.to_owned(), device: self.device };
        let keyed = KEYED.into_iter().zip(&self.keys).map(move |(dimension, key)| row(dimension, key));
        std::iter::once(row(Dimension::Device, "")).chain(keyed).filter(|_| self.bot == Bot::Human)
    }

    /// The key that a dimension's sketches count it under.
    pub fn key(&self, dimension: Dimension) -> &str {
        KEYED.iter().position(|keyed| *keyed == dimension).map_or("", |place| &self.keys[place])
    }

    /// The same page view, its keys lent.
    pub fn lent(&self) -> Counted<&str> {
        Counted {
            at: self.at,
            device: self.device,
            keys: self.keys.each_ref().map(String::as_str),
            bot: self.bot,
            measured: self.measured,
            sample_factor: self.sample_factor,
        }
    }
}

/// Where a page view's first beacon can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

/// A clock of this much ahead still tells when a page view began.
const AHEAD: TimeDelta = TimeDelta::hours(1);

/// A first beacon comes at most this long after its page view began: updates are taken for 24
/// hours, and the visitor's clock may be an hour slow.
const BEHIND: TimeDelta = TimeDelta::hours(25);

impl Window {
    /// The times at which the first beacon of this id can have come, if the id tells; a row
    /// outside its id's window stands in `page_view_skews`.
    pub fn of(id: PageViewId) -> Option<Self> {
        let (seconds, nanos) = id.0.get_timestamp().filter(|_| id.0.get_version_num() == 7)?.to_unix();
        let began = DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)?;
        // A clock can claim the year 10000; Postgres need not hear of it.
        let sensible = 0..=i64::from(u32::MAX) * 2;
        sensible.contains(&began.timestamp()).then(|| Self { from: began - AHEAD, to: began + BEHIND })
    }

    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        (self.from..self.to).contains(&at)
    }
}
