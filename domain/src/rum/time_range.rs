//! The range of time that a program asks about.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use serde::{Deserialize, Serialize};

use super::Granularity;
use crate::Invalid;

/// From `from` up to, not including, `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl TimeRange {
    /// What is asked about when nothing is said: as Google does.
    const DEFAULT_DAYS: i64 = 28;

    /// Reads RFC 3339 times; whichever comes first is the beginning, as with the days of a view. Without `to`, up to
    /// the end of this hour; without `from`, 28 days before `to`. Every refusal names `from` or `to`.
    pub fn parse(from: Option<&str>, to: Option<&str>, now: DateTime<Utc>) -> Result<Self, Vec<Invalid>> {
        let this_hour = Granularity::Hour.floor(now) + Granularity::Hour.width();
        let read = |name: &'static str, text: Option<&str>| text.map(|text| moment(name, text)).transpose();
        let (from, to) = match (read("from", from), read("to", to)) {
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => return Err([from.err(), to.err()].into_iter().flatten().collect()),
        };
        let to = to.unwrap_or(this_hour);
        let from = from.unwrap_or(to - TimeDelta::days(Self::DEFAULT_DAYS));
        Ok(Self { from: from.min(to), to: from.max(to) })
    }

    /// The end of a range that is longer.
    #[must_use]
    pub fn newest(self, length: TimeDelta) -> Self {
        Self { from: self.from.max(self.to - length), to: self.to }
    }

    /// The smallest range of whole buckets around this one.
    pub fn widened(self, to: Granularity) -> Self {
        Self { from: to.floor(self.from), to: ceil(to, self.to) }
    }

    /// The largest range of whole buckets within this one; empty or turned round where there is
    /// none.
    pub fn narrowed(self, to: Granularity) -> Self {
        Self { from: ceil(to, self.from), to: to.floor(self.to) }
    }

    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }

    pub fn length(self) -> TimeDelta {
        self.to - self.from
    }
}

fn ceil(granularity: Granularity, at: DateTime<Utc>) -> DateTime<Utc> {
    let floor = granularity.floor(at);
    if floor == at { at } else { floor + granularity.width() }
}

fn moment(name: &'static str, text: &str) -> Result<DateTime<Utc>, Invalid> {
    // In an address, an unescaped `+` of an offset is read as a space.
    let text = text.trim().replace(' ', "+");
    let at = DateTime::parse_from_rfc3339(&text).map_err(|_| {
        Invalid::new(name, format!("`{name}` must be a time of RFC 3339, such as 2026-11-22T10:00:00Z."))
    })?;
    // Nothing was measured outside, and farther away time cannot be counted in nanoseconds.
    let year = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().unwrap_or_default();
    Ok(at.to_utc().clamp(year(2000), year(2200)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn fields(from: Option<&str>, to: Option<&str>) -> Vec<String> {
        let refused = TimeRange::parse(from, to, at("2026-11-22T10:30:00Z")).unwrap_err();
        refused.into_iter().map(|invalid| invalid.field.into_owned()).collect()
    }

    #[test]
    fn what_is_not_said_is_the_last_28_days() {
        let now = at("2026-11-22T10:30:00Z");
        let range = TimeRange::parse(None, None, now).unwrap();
        assert_eq!((range.from, range.to), (at("2026-10-25T11:00:00Z"), at("2026-11-22T11:00:00Z")));
        let range = TimeRange::parse(None, Some("2026-11-01T00:00:00+02:00"), now).unwrap();
        assert_eq!((range.from, range.to), (at("2026-10-03T22:00:00Z"), at("2026-10-31T22:00:00Z")));
        // As an unescaped `+` arrives.
        assert_eq!(TimeRange::parse(None, Some("2026-11-01T00:00:00 02:00"), now).unwrap(), range);
    }

    #[test]
    fn every_refusal_names_its_parameter() {
        assert_eq!(fields(Some("yesterday"), Some("0")), ["from", "to"]);
        assert_eq!(fields(Some("2026-11-22"), Some("0000-00-00T00:00:00Z")), ["from", "to"]);
    }

    #[test]
    fn the_earlier_of_two_times_is_the_beginning_and_one_moment_is_no_time_at_all() {
        let read =
            |from: Option<&str>, to: Option<&str>| TimeRange::parse(from, to, at("2026-11-22T10:30:00Z")).unwrap();
        let range = TimeRange { from: at("2026-01-01T00:00:00Z"), to: at("2026-01-02T00:00:00Z") };
        for (from, to) in [(range.from, range.to), (range.to, range.from)] {
            let (from, to) = (from.to_rfc3339(), to.to_rfc3339());
            assert_eq!(read(Some(&from), Some(&to)), range);
        }
        let ahead = read(Some("2027-01-01T00:00:00Z"), None);
        assert_eq!((ahead.from, ahead.to), (at("2026-11-22T11:00:00Z"), at("2027-01-01T00:00:00Z")));
        assert!(read(Some("2026-01-01T00:00:00Z"), Some("2026-01-01T00:00:00Z")).is_empty());
    }

    #[test]
    fn of_a_range_that_is_too_long_the_newest_part_is_kept() {
        let range = TimeRange { from: at("2026-11-01T00:00:00Z"), to: at("2026-11-22T10:00:00Z") };
        assert_eq!(range.newest(TimeDelta::days(30)), range);
        assert_eq!(range.newest(TimeDelta::days(2)), TimeRange { from: at("2026-11-20T10:00:00Z"), ..range });
    }

    #[test]
    fn times_before_and_after_all_measuring_are_drawn_near() {
        let range =
            TimeRange::parse(Some("0001-01-01T00:00:00Z"), Some("9999-12-31T23:59:59Z"), at("2026-11-22T10:30:00Z"));
        let range = range.unwrap();
        assert_eq!((range.from, range.to), (at("2000-01-01T00:00:00Z"), at("2200-01-01T00:00:00Z")));
        assert_eq!(range.widened(Granularity::Hour), range);
    }

    #[test]
    fn whole_buckets_lie_around_and_within_a_range() {
        let range = TimeRange { from: at("2026-11-01T00:10:00Z"), to: at("2026-11-02T03:00:00Z") };
        let wide = range.widened(Granularity::Hour);
        assert_eq!((wide.from, wide.to), (at("2026-11-01T00:00:00Z"), at("2026-11-02T03:00:00Z")));
        assert!(range.narrowed(Granularity::Day).is_empty());
    }
}
