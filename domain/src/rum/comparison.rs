//! Two sides set beside each other: what is asked, and the shape of the answer.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Basis, Contribution, Days, Device, Difference, Dimension, Filter, Granularity, Interval, Period, Query, Shares,
    Split, State, Vital,
};

/// From the first moment up to the second.
type Range = (DateTime<Utc>, DateTime<Utc>);

/// What is set beside what.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Sides {
    /// The period, and the time before it.
    #[default]
    Periods,
    /// The period, and as many days from this one on.
    PeriodAgainst(NaiveDate),
    /// Two values of a dimension, in the period: releases, devices, countries …
    Values { dimension: Dimension, before: String, after: String },
}

/// A comparison, as it stands in the address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Comparison {
    pub query: Query,
    pub sides: Sides,
}

/// One side: when, and which page views.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub range: Range,
    pub filter: Filter,
}

impl Default for Comparison {
    fn default() -> Self {
        Self { query: Query { period: Period::Week, ..Query::default() }, sides: Sides::default() }
    }
}

impl Comparison {
    /// Reads the address's parameters: those of [`Query`], and `by`: `period` (with `against`), or
    /// a dimension with `before` and `after`. What is malformed counts as absent; without any of
    /// these, it is this week and the week before.
    pub fn from_params<'a>(param: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut query = Query::from_params(&param);
        if param("period").is_none() && param("by").is_none() {
            query.period = Period::Week;
        }
        let text = |name| param(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let values = param("by")
            .and_then(Dimension::parse)
            .and_then(|dimension| Some(Sides::Values { dimension, before: text("before")?, after: text("after")? }));
        let against = || text("against")?.parse().ok().map(Sides::PeriodAgainst);
        Self { query, sides: values.or_else(against).unwrap_or_default() }
    }

    /// The parameters that reproduce it.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let mut params = self.sides.params();
        params.extend(self.query.params());
        params
    }

    /// Both sides, the earlier first, and the grain that both can be told by.
    pub fn sides(&self, now: DateTime<Utc>) -> (Side, Side, Granularity) {
        let Query { period, filter, .. } = &self.query;
        let side = |range, filter: &Filter| Side { range, filter: filter.clone() };
        match &self.sides {
            Sides::Periods => {
                let (before, after) = (period.range_before(now), period.range(now));
                (side(before, filter), side(after, filter), period.granularity(now))
            }
            Sides::PeriodAgainst(day) => {
                // Whole days: hours of long ago are not kept.
                let days = match period {
                    Period::Custom(days) => *days,
                    period => {
                        let today = now.date_naive();
                        let first = today.checked_sub_signed(period.length() - TimeDelta::days(1)).unwrap_or(today);
                        Days::new(first, today)
                    }
                };
                let after = Period::Custom(days).range(now);
                let from = day.and_time(NaiveTime::MIN).and_utc();
                (side((from, from + (after.1 - after.0)), filter), side(after, filter), Granularity::Day)
            }
            Sides::Values { dimension, before, after } => {
                let range = period.range(now);
                let of = |value: &str| side(range, &filter.clone().with(*dimension, Some(value)));
                (of(before), of(after), period.granularity(now))
            }
        }
    }
}

impl Sides {
    /// The parameters that reproduce them.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let periods = ("by", "period".to_owned());
        match self {
            Self::Periods => vec![periods],
            Self::PeriodAgainst(day) => vec![periods, ("against", day.to_string())],
            Self::Values { dimension, before, after } => {
                vec![("by", dimension.as_str().to_owned()), ("before", before.clone()), ("after", after.clone())]
            }
        }
    }
}

/// The answer: both sides, the difference, and what it is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    pub comparison: Comparison,
    pub before: SideFigures,
    pub after: SideFigures,
    /// Of the share of good page views, 0–1; `None` where a side has too few.
    pub good: Option<Split>,
    pub good_total: Option<Difference>,
    pub good_within: Option<Difference>,
    pub good_mix: Option<Difference>,
    /// Of the query's percentile, in the vital's unit.
    pub percentile: Option<Split>,
    pub percentile_total: Option<Difference>,
    /// The segments that move the share of good page views most, at most 50.
    pub segments: Vec<SegmentChange>,
    pub total_segments: u32,
    /// How the mix of devices moved: the part (0–1) of the page views with the vital, on both sides.
    pub devices: Vec<(Device, f64, f64)>,
}

/// One side's figures of the vital.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SideFigures {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub basis: Basis,
    pub page_views: u64,
    /// Page views that reported the vital.
    pub count: u64,
    /// The query's percentile.
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    pub shares: Option<Shares>,
    pub state: State,
}

/// One segment: the page views of a page group on one kind of device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentChange {
    /// `None` where segments are not told by device.
    pub device: Option<Device>,
    /// `None` where they are not told by page group.
    pub page_group: Option<String>,
    /// Page views that reported the vital, on both sides.
    pub count: (u64, u64),
    /// The query's percentile on both sides, where enough page views are there to show it.
    pub value: (Option<f64>, Option<f64>),
    pub vital: Vital,
    pub contribution: Contribution,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(params: &[(&str, String)]) -> Comparison {
        Comparison::from_params(|name| params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str()))
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T13:37:11Z".parse().unwrap()
    }

    #[test]
    fn a_comparison_survives_its_address() {
        let values = Sides::Values { dimension: Dimension::Release, before: "v41".into(), after: "v42".into() };
        for sides in [Sides::Periods, Sides::PeriodAgainst("2026-10-01".parse().unwrap()), values] {
            for period in [Period::Day, Period::Week, Period::FourWeeks] {
                let query = Query { period, vital: Vital::Inp, ..Query::default() };
                let comparison = Comparison { query, sides: sides.clone() };
                assert_eq!(read(&comparison.params()), comparison);
            }
        }
        assert_eq!(read(&[]), Comparison::default());
        let mistyped = read(&[("by", "release".into()), ("against", "soon".into())]);
        assert_eq!(mistyped, Comparison { query: Query::default(), sides: Sides::Periods });
    }

    #[test]
    fn the_usual_sides_are_this_week_and_the_week_before() {
        let (before, after, granularity) = Comparison::default().sides(now());
        assert_eq!(before.range.1, after.range.0);
        assert_eq!(
            (after.range.1 - after.range.0, before.range.1 - before.range.0),
            (TimeDelta::days(7), TimeDelta::days(7))
        );
        assert_eq!(granularity, Granularity::Hour);
    }

    #[test]
    fn any_two_weeks_are_whole_days_of_the_same_number() {
        let against =
            Comparison { sides: Sides::PeriodAgainst("2026-10-01".parse().unwrap()), ..Comparison::default() };
        let (before, after, granularity) = against.sides(now());
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(before.range, (at("2026-10-01T00:00:00Z"), at("2026-10-08T00:00:00Z")));
        assert_eq!(after.range, (at("2026-11-16T00:00:00Z"), at("2026-11-23T00:00:00Z")));
        assert_eq!(granularity, Granularity::Day);
    }

    #[test]
    fn two_values_are_compared_over_the_same_time() {
        let sides = Sides::Values { dimension: Dimension::Country, before: "DE".into(), after: "BR".into() };
        let (before, after, _) = Comparison { sides, ..Comparison::default() }.sides(now());
        assert_eq!(before.range, after.range);
        assert_eq!((before.filter.country.as_deref(), after.filter.country.as_deref()), (Some("DE"), Some("BR")));
    }
}
