//! How far back a view looks. Days are days of UTC for everybody: the sketches of a day are.

use chrono::{DateTime, DurationRound, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How far back a view looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Period {
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
    /// Google's own window.
    #[default]
    #[serde(rename = "28d")]
    FourWeeks,
    #[serde(rename = "90d")]
    Quarter,
    #[serde(rename = "365d")]
    Year,
    /// Chosen days.
    #[serde(rename = "custom")]
    Custom(Days),
}

/// Days of UTC, both included; `first <= last`, and at most [`Days::MOST`] of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Days {
    first: NaiveDate,
    last: NaiveDate,
}

impl Days {
    /// Twice the longest time that a plan keeps: nothing is older.
    pub const MOST: i64 = 731;

    /// From one day to the other, whichever comes first; of too many, the newest. Days before and after all measuring
    /// are drawn near: beyond them time cannot be counted.
    pub fn new(one: NaiveDate, other: NaiveDate) -> Self {
        let year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        let near = |day: NaiveDate| day.clamp(year(2000), year(2200));
        let (first, last) = (near(one.min(other)), near(one.max(other)));
        let earliest = last.checked_sub_signed(TimeDelta::days(Self::MOST - 1)).unwrap_or(first);
        Self { first: first.max(earliest), last }
    }

    pub const fn first(self) -> NaiveDate {
        self.first
    }

    pub const fn last(self) -> NaiveDate {
        self.last
    }

    pub fn count(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// Twice as many around the same middle, up to `today`.
    pub fn wider(self, today: NaiveDate) -> Self {
        let more = TimeDelta::days((self.count() + 1) / 2);
        let last = (self.last + more).min(today.max(self.last));
        Self::new(self.first - more - (more - (last - self.last)), last)
    }

    /// Those that are not wholly in the future; today at least.
    fn until(self, now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        Self { first: self.first.min(today), last: self.last.min(today) }
    }
}

/// The width of one point of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    Hour,
    Day,
}

impl Granularity {
    pub const fn width(self) -> TimeDelta {
        match self {
            Self::Hour => TimeDelta::hours(1),
            Self::Day => TimeDelta::days(1),
        }
    }

    /// The start of the bucket that `at` lies in, UTC.
    pub fn floor(self, at: DateTime<Utc>) -> DateTime<Utc> {
        at.duration_trunc(self.width()).unwrap_or(at)
    }
}

/// Hours are told apart for this long only: so long every plan keeps their sketches.
const HOURS_KEPT: TimeDelta = TimeDelta::days(28);

impl Period {
    /// Those of a fixed length; a custom one is written out.
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::FourWeeks, Self::Quarter, Self::Year];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::FourWeeks => "28d",
            Self::Quarter => "90d",
            Self::Year => "365d",
            Self::Custom(_) => "custom",
        }
    }

    /// One of a fixed length, by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::Day => "Last 24 hours",
            Self::Week => "Last 7 days",
            Self::FourWeeks => "Last 28 days",
            Self::Quarter => "Last 90 days",
            Self::Year => "Last 365 days",
            Self::Custom(_) => "In the chosen days",
        }
    }

    pub fn length(self) -> TimeDelta {
        match self {
            Self::Day => TimeDelta::hours(24),
            Self::Week => TimeDelta::days(7),
            Self::FourWeeks => TimeDelta::days(28),
            Self::Quarter => TimeDelta::days(90),
            Self::Year => TimeDelta::days(365),
            Self::Custom(days) => TimeDelta::days(days.count()),
        }
    }

    /// How wide a trend's points are: few chosen days are told by the hour, while their hours are kept.
    pub fn granularity(self, now: DateTime<Utc>) -> Granularity {
        match self {
            Self::Day | Self::Week => Granularity::Hour,
            Self::FourWeeks | Self::Quarter | Self::Year => Granularity::Day,
            Self::Custom(days) => {
                let days = days.until(now);
                // The days before are compared, and must be there by the hour too.
                let before = start_of(days.first) - TimeDelta::days(days.count());
                if days.count() <= 7 && before >= now - HOURS_KEPT { Granularity::Hour } else { Granularity::Day }
            }
        }
    }

    /// The whole buckets that the period covers: from the first's start up to the end of the
    /// one that `now` lies in, or of the last chosen day. Half open, so neighbours share nothing.
    pub fn range(self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        if let Self::Custom(days) = self {
            let days = days.until(now);
            return (start_of(days.first), start_of(days.last) + TimeDelta::days(1));
        }
        let granularity = self.granularity(now);
        let to = granularity.floor(now) + granularity.width();
        (to - self.length(), to)
    }

    /// The part of the period whose hours are told apart; `None` if it is older than they are kept.
    pub fn hours(self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (from, to) = self.range(now);
        let from = from.max(Granularity::Hour.floor(now - HOURS_KEPT));
        (from < to).then_some((from, to))
    }

    /// The range of the same length just before.
    pub fn range_before(self, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let (from, to) = self.range(now);
        (from - (to - from), from)
    }
}

fn start_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T13:37:11Z".parse().unwrap()
    }

    fn days(first: &str, last: &str) -> Days {
        Days::new(first.parse().unwrap(), last.parse().unwrap())
    }

    #[test]
    fn neighbouring_periods_share_nothing_and_leave_no_gap() {
        for period in Period::ALL {
            let (from, to) = period.range(now());
            assert_eq!(to - from, period.length());
            assert!(from <= now() && now() < to);
            assert_eq!(period.range_before(now()), (from - period.length(), from));
        }
    }

    #[test]
    fn chosen_days_are_whole_and_end_today_at_the_latest() {
        let range = |first, last| Period::Custom(days(first, last)).range(now());
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(range("2026-11-03", "2026-11-05"), (at("2026-11-03T00:00:00Z"), at("2026-11-06T00:00:00Z")));
        assert_eq!(range("2026-11-05", "2026-11-03"), range("2026-11-03", "2026-11-05"));
        assert_eq!(range("2026-11-22", "2026-12-24"), (at("2026-11-22T00:00:00Z"), at("2026-11-23T00:00:00Z")));
        assert_eq!(range("2027-01-01", "2027-01-02"), (at("2026-11-22T00:00:00Z"), at("2026-11-23T00:00:00Z")));
    }

    #[test]
    fn the_hours_of_a_period_go_back_as_far_as_they_are_kept() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(Period::Week.hours(now()), Some(Period::Week.range(now())));
        assert_eq!(Period::Year.hours(now()), Some((at("2026-10-25T13:00:00Z"), at("2026-11-23T00:00:00Z"))));
        assert_eq!(Period::Custom(days("2026-09-01", "2026-10-24")).hours(now()), None);
    }

    #[test]
    fn wider_days_are_twice_as_many_and_end_today_at_the_latest() {
        let wider = |first, last| days(first, last).wider(now().date_naive());
        assert_eq!(wider("2026-11-10", "2026-11-13"), days("2026-11-08", "2026-11-15"));
        assert_eq!(wider("2026-11-10", "2026-11-10"), days("2026-11-09", "2026-11-11"));
        assert_eq!(wider("2026-11-19", "2026-11-22"), days("2026-11-15", "2026-11-22"));
    }

    #[test]
    fn few_recent_days_are_told_by_the_hour_and_all_others_by_the_day() {
        let granularity = |first, last| Period::Custom(days(first, last)).granularity(now());
        assert_eq!(granularity("2026-11-20", "2026-11-22"), Granularity::Hour);
        assert_eq!(granularity("2026-11-10", "2026-11-22"), Granularity::Day);
        assert_eq!(granularity("2026-10-20", "2026-10-21"), Granularity::Day);
    }

    #[test]
    fn of_too_many_days_the_newest_are_kept() {
        assert_eq!(days("2000-01-01", "2026-11-22").count(), Days::MOST);
    }

    #[test]
    fn the_first_and_the_last_day_that_there_are_have_ranges_too() {
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            for other in [day, now().date_naive()] {
                let period = Period::Custom(Days::new(day, other));
                let ((from, to), before) = (period.range(now()), period.range_before(now()));
                assert!(from < to && before.0 < before.1 && before.1 == from, "{period:?}");
                assert!(
                    Period::Custom(Days::new(other, day)) == period
                        && period.granularity(now()).width() > TimeDelta::zero()
                );
            }
        }
    }
}
