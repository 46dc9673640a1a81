//! Times in a person's own time zone. On the server only: the browser is sent words, and no
//! table of time zones.

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use domain::{
    accounts::Actor,
    rum::{Granularity, Period},
};

use crate::ui::{Moment, format};

/// Whose clock times are told by.
#[derive(Debug, Clone, Copy)]
pub struct LocalTime(Tz);

impl LocalTime {
    /// The actor's time zone; UTC for whoever has none.
    pub fn of(actor: &Actor) -> Self {
        Self(actor.user().and_then(|user| user.time_zone.parse().ok()).unwrap_or(Tz::UTC))
    }

    pub const fn zone(self) -> Tz {
        self.0
    }

    pub fn at(self, at: DateTime<Utc>) -> DateTime<Tz> {
        at.with_timezone(&self.0)
    }

    /// A moment of the past, by how long ago it was.
    pub fn ago(self, at: DateTime<Utc>, now: DateTime<Utc>) -> Moment {
        self.moment(at, format::ago(at, now))
    }

    /// A moment, by its day.
    pub fn day_of(self, at: DateTime<Utc>) -> Moment {
        self.moment(at, format::date(&self.at(at)))
    }

    /// A moment, by its minute.
    pub fn minute_of(self, at: DateTime<Utc>) -> Moment {
        self.moment(at, format::moment(&self.at(at)))
    }

    fn moment(self, at: DateTime<Utc>, words: String) -> Moment {
        let local = self.at(at);
        Moment {
            machine: at.to_rfc3339_opts(SecondsFormat::Secs, true),
            exact: format!("{}, {} {}", format::date(&local), format::time(&local), self.0.name()),
            words,
        }
    }

    /// The name of a trend's bucket. Days are days of UTC, whoever looks: a shifted name
    /// would be of another day than the data.
    pub fn bucket(self, granularity: Granularity, at: DateTime<Utc>) -> String {
        match granularity {
            Granularity::Hour => format::moment(&self.at(at)),
            Granularity::Day => format::day(&at),
        }
    }

    /// The range that a period covers, ends included, and whose clock tells it.
    pub fn range(self, period: Period, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
        match period {
            Period::Day | Period::Week => {
                format!("{} – {} ({})", format::moment(&self.at(from)), format::moment(&self.at(to)), self.name())
            }
            _ => format!("{} – {} (UTC)", format::day(&from), format::date(&(to - Granularity::Hour.width()))),
        }
    }

    /// The zone as it is said: "Europe/Berlin", "America/New York".
    pub fn name(self) -> String {
        self.0.name().replace('_', " ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_told_by_the_clock_on_the_wall_and_days_by_utc() {
        let at: DateTime<Utc> = "2026-11-03T23:00:00Z".parse().unwrap();
        let berlin = LocalTime(Tz::Europe__Berlin);
        assert_eq!(berlin.bucket(Granularity::Hour, at), "4 Nov, 00:00");
        assert_eq!(berlin.bucket(Granularity::Day, at), "3 Nov");
    }

    #[test]
    fn how_long_ago_it_was_is_exact_where_one_looks_closer() {
        let (at, now) = ("2026-11-03T23:00:00Z".parse().unwrap(), "2026-11-04T01:30:00Z".parse().unwrap());
        let told = LocalTime(Tz::Europe__Berlin).ago(at, now);
        assert_eq!(
            (told.words.as_str(), told.exact.as_str(), told.machine.as_str()),
            ("2 hours ago", "4 Nov 2026, 00:00 Europe/Berlin", "2026-11-03T23:00:00Z")
        );
    }

    #[test]
    fn a_range_of_days_ends_on_its_last_day() {
        let (from, to) = Period::FourWeeks.range("2026-11-22T13:37:11Z".parse().unwrap());
        assert_eq!(LocalTime(Tz::UTC).range(Period::FourWeeks, from, to), "26 Oct – 22 Nov 2026 (UTC)");
        let newyork = LocalTime(Tz::America__New_York);
        let (from, to) = Period::Day.range("2026-11-22T13:37:11Z".parse().unwrap());
        assert_eq!(newyork.range(Period::Day, from, to), "21 Nov, 09:00 – 22 Nov, 09:00 (America/New York)");
    }
}
