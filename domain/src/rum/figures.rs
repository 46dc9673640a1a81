//! One vital, asked for by a program: figures over a range, over time and by groups.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Device, Dimension, Granularity, Interval, Percentile, Shares, State, TimeRange, Vital, VitalSketch, Weight,
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiguresQuery {
    pub vital: Vital,
    pub percentile: Percentile,
    pub range: TimeRange,
    /// The width of the series' points; by the length of the range if nothing is said.
    pub granularity: Option<Granularity>,
    pub group_by: Option<Dimension>,
    /// Each narrows; a page view must have all of these values. Empty stands for "not known".
    pub filters: BTreeMap<Dimension, String>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub vital: Vital,
    pub percentile: Percentile,
    /// `None` where there is no data; never 0 in its place.
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    /// Page views that reported the vital.
    pub count: u64,
    pub shares: Option<Shares>,
    pub state: State,
    /// The width of the series' buckets.
    pub granularity: Granularity,
    /// One point a bucket, without gaps, the oldest first.
    pub series: Vec<FigurePoint>,
    /// Those with most page views first; none unless they were asked for.
    pub groups: Vec<FigureGroup>,
    /// Whether the figures are of nearly, not exactly, the page views that were asked about.
    pub approximate: bool,
}

/// One bucket of the series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FigurePoint {
    /// The bucket's start, UTC.
    pub at: DateTime<Utc>,
    pub value: Option<f64>,
    pub count: u64,
}

/// One value of the dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FigureGroup {
    /// Empty where the property is not known.
    pub key: String,
    pub value: Option<f64>,
    pub count: u64,
    pub shares: Option<Shares>,
}

impl FiguresQuery {
    /// Longest range, for its series' sake: a year and the days around it.
    pub const MOST_DAYS: i64 = 400;

    /// The same about the newest part of a range that is too long.
    #[must_use]
    pub fn within_reach(&self) -> Self {
        Self { range: self.range.newest(chrono::TimeDelta::days(Self::MOST_DAYS)), ..self.clone() }
    }

    /// Longest range whose series has hours if nothing is said.
    const DAYS_BY_HOUR: i64 = 7;

    /// The width of the series' points.
    pub fn series_granularity(&self) -> Granularity {
        self.granularity.unwrap_or(if self.range.length() <= chrono::TimeDelta::days(Self::DAYS_BY_HOUR) {
            Granularity::Hour
        } else {
            Granularity::Day
        })
    }

    /// The device that is asked for, which every sketch can be narrowed to.
    pub fn device(&self) -> Option<Device> {
        self.filters.get(&Dimension::Device).and_then(|device| Device::parse(device))
    }

    /// The dimension whose sketches answer; `None` where several are combined, which only the
    /// page views themselves can answer.
    pub fn dimension(&self) -> Option<Dimension> {
        let mut named = self.filters.keys().copied().chain(self.group_by).filter(|by| *by != Dimension::Device);
        let first = named.next().unwrap_or(Dimension::Device);
        named.all(|other| other == first).then_some(first)
    }
}

/// Values that come in pieces, in any order.
#[derive(Debug, Default)]
pub struct Gathering {
    all: VitalSketch,
    by_time: BTreeMap<DateTime<Utc>, VitalSketch>,
    by_group: BTreeMap<String, VitalSketch>,
}

impl Gathering {
    /// Groups that are answered at most.
    const GROUPS: usize = 50;

    /// Adds what a sketch holds of the bucket that `at` lies in.
    pub fn merge(&mut self, query: &FiguresQuery, at: DateTime<Utc>, group: Option<&str>, sketch: &VitalSketch) {
        self.all.merge(sketch);
        self.by_time.entry(query.series_granularity().floor(at)).or_default().merge(sketch);
        if let Some(group) = group {
            self.group(group).merge(sketch);
        }
    }

    /// Adds one page view. One that did not report the vital only makes its group known.
    pub fn add(
        &mut self,
        query: &FiguresQuery,
        at: DateTime<Utc>,
        group: Option<&str>,
        value: Option<f64>,
        weight: Weight,
    ) {
        if let Some(value) = value {
            self.all.add(query.vital, value, weight);
            let bucket = query.series_granularity().floor(at);
            self.by_time.entry(bucket).or_default().add(query.vital, value, weight);
        }
        if let Some(group) = group {
            let of_group = self.group(group);
            if let Some(value) = value {
                of_group.add(query.vital, value, weight);
            }
        }
    }

    fn group(&mut self, key: &str) -> &mut VitalSketch {
        self.by_group.entry(key.to_owned()).or_default()
    }

    /// The figures of what was gathered.
    pub fn figures(mut self, query: &FiguresQuery, approximate: bool) -> Figures {
        let quantile = query.percentile.quantile();
        let value = self.all.quantile(quantile);
        let interval = self.all.interval(quantile);
        let granularity = query.series_granularity();
        let buckets = query.range.widened(granularity);
        let series = std::iter::successors(Some(buckets.from), |at| Some(*at + granularity.width()))
            .take_while(|at| *at < buckets.to)
            .map(|at| {
                let sketch = self.by_time.remove(&at).unwrap_or_default();
                FigurePoint { at, value: sketch.quantile(quantile), count: sketch.count() }
            })
            .collect();
        let mut groups: Vec<FigureGroup> = self
            .by_group
            .into_iter()
            .map(|(key, sketch)| FigureGroup {
                key,
                value: sketch.quantile(quantile),
                count: sketch.count(),
                shares: sketch.shares(),
            })
            .collect();
        groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
        groups.truncate(Self::GROUPS);
        Figures {
            vital: query.vital,
            percentile: query.percentile,
            value,
            interval,
            count: self.all.count(),
            shares: self.all.shares(),
            state: State::of(query.vital, self.all.count(), value.unwrap_or_default(), interval),
            granularity,
            series,
            groups,
            approximate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(filters: &[(Dimension, &str)], group_by: Option<Dimension>) -> FiguresQuery {
        FiguresQuery {
            vital: Vital::Lcp,
            percentile: Percentile::P75,
            range: TimeRange {
                from: "2026-11-22T10:20:00Z".parse().unwrap(),
                to: "2026-11-22T13:00:00Z".parse().unwrap(),
            },
            granularity: None,
            group_by,
            filters: filters.iter().map(|(by, value)| (*by, (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn sketches_answer_one_dimension_and_the_device() {
        use Dimension::{Browser, Country, Device};
        for (filters, group_by, dimension) in [
            (&[][..], None, Some(Device)),
            (&[(Device, "mobile")], None, Some(Device)),
            (&[], Some(Country), Some(Country)),
            (&[(Device, "mobile"), (Country, "DE")], None, Some(Country)),
            (&[(Country, "DE")], Some(Device), Some(Country)),
            (&[(Country, "DE")], Some(Country), Some(Country)),
            (&[(Country, "DE")], Some(Browser), None),
            (&[(Country, "DE"), (Browser, "Firefox")], None, None),
        ] {
            assert_eq!(query(filters, group_by).dimension(), dimension, "{filters:?} {group_by:?}");
        }
    }

    #[test]
    fn nothing_gathered_has_no_value_and_no_gap() {
        let query = query(&[], None);
        let figures = Gathering::default().figures(&query, false);
        assert_eq!((figures.value, figures.interval, figures.shares, figures.count), (None, None, None, 0));
        assert_eq!(figures.state, State::NoData);
        let at: Vec<String> = figures.series.iter().map(|point| point.at.to_rfc3339()).collect();
        assert_eq!(at, ["2026-11-22T10:00:00+00:00", "2026-11-22T11:00:00+00:00", "2026-11-22T12:00:00+00:00"]);
        assert!(figures.series.iter().all(|point| point.value.is_none() && point.count == 0));
    }

    #[test]
    fn every_page_view_is_in_one_point_and_one_group() {
        let query = query(&[], Some(Dimension::Country));
        let mut gathering = Gathering::default();
        for nr in 0..30 {
            let at = query.range.from + chrono::TimeDelta::minutes(5 * nr);
            let value = (nr % 3 != 0).then_some(1_000.0 + nr as f64);
            gathering.add(&query, at, Some(if nr % 2 == 0 { "DE" } else { "NO" }), value, Weight::ONE);
        }
        gathering.add(&query, query.range.from, Some("SE"), None, Weight::ONE);
        let figures = gathering.figures(&query, false);
        assert_eq!(figures.count, 20);
        assert_eq!(figures.series.iter().map(|point| point.count).sum::<u64>(), 20);
        assert_eq!(figures.groups.iter().map(|group| group.count).sum::<u64>(), 20);
        let silent = figures.groups.last().unwrap();
        assert_eq!((silent.key.as_str(), silent.value, silent.shares), ("SE", None, None));
    }
}
