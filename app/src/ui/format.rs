//! Numbers and times as people read them. The one place: charts' own formatters
//! (`style/chart.ts`) say the same.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use domain::rum::Vital;

/// A number and its unit, apart, because the unit is set smaller. The unit may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub number: String,
    pub unit: &'static str,
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.number)?;
        if !self.unit.is_empty() {
            // A number is never parted from its unit at the end of a line.
            write!(f, "\u{a0}{}", self.unit)?;
        }
        Ok(())
    }
}

/// A vital's value: milliseconds (seconds once there is one), or CLS's plain number.
pub fn vital(vital: Vital, value: f64) -> Figure {
    match vital {
        Vital::Cls => Figure { number: decimals(value, 3), unit: "" },
        _ => milliseconds(value),
    }
}

/// A duration given in milliseconds.
pub fn milliseconds(value: f64) -> Figure {
    if value.abs() >= 60_000.0 {
        Figure { number: decimals(value / 60_000.0, 1), unit: "min" }
    } else if value.abs() >= 999.5 {
        Figure { number: decimals(value / 1_000.0, 2), unit: "s" }
    } else {
        Figure { number: decimals(value, 0), unit: "ms" }
    }
}

/// Both ends in one unit: "2.21–2.43 s", "0.021–0.034".
pub fn interval(of: Vital, low: f64, high: f64) -> String {
    let (low, high) = (vital(of, low), vital(of, high));
    if low.unit == high.unit { format!("{}–{high}", low.number) } else { format!("{low} – {high}") }
}

/// A whole number with a comma at every thousand.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number whose unit nobody told, with three digits that say something, and a comma at every thousand.
pub fn number(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 99.95 || size == 0.0 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.9995 => 2,
        _ => 3,
    };
    let text = decimals(value, places);
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("−", text));
    let (whole, rest) = text.split_once('.').map_or((text, ""), |(whole, rest)| (whole, rest.trim_end_matches('0')));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), count);
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// "1 page view", "12,345 page views".
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{}\u{a0}{}", count(value), if value == 1 { one } else { many })
}

/// A share (0–1) as "71 %". What is there is never "0 %", what is missing never "100 %".
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    let text = if percent > 0.0 && percent < 0.5 {
        "<1".to_owned()
    } else if (99.5..100.0).contains(&percent) {
        ">99".to_owned()
    } else {
        decimals(percent, 0)
    };
    format!("{text}\u{a0}%")
}

/// A part of all page views (0–1) that could be gained, in percentage points: "+3.4 pts".
pub fn points(value: f64) -> String {
    let points = value * 100.0;
    if points <= 0.0 {
        "0\u{a0}pts".to_owned()
    } else if points < 0.05 {
        "<\u{2009}0.1\u{a0}pts".to_owned()
    } else {
        format!("+{}\u{a0}pts", decimals(points, 1))
    }
}

/// Cents as "$29" or "$0.05".
pub fn dollars(cents: u32) -> String {
    if cents.is_multiple_of(100) {
        format!("${}", count(u64::from(cents / 100)))
    } else {
        format!("${}.{:02}", cents / 100, cents % 100)
    }
}

fn decimals(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    // "-0" is what is left of a negative rest.
    if text.trim_start_matches('-').chars().all(|c| matches!(c, '0' | '.')) {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// "3 Nov", in the time zone that `at` carries.
pub fn day(at: &impl Datelike) -> String {
    format!("{} {}", at.day(), MONTHS[at.month0() as usize % 12])
}

/// "3 Nov 2026".
pub fn date(at: &impl Datelike) -> String {
    format!("{} {}", day(at), at.year())
}

/// "14:05".
pub fn time(at: &impl Timelike) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// "3 Nov, 14:05".
pub fn moment(at: &(impl Datelike + Timelike)) -> String {
    format!("{}, {}", day(at), time(at))
}

/// "just now", "5 minutes ago", "3 days ago"; the date once it is long ago.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let past = now - at;
    let words = |n: i64, unit: &str| format!("{n} {unit}{} ago", if n == 1 { "" } else { "s" });
    if past < TimeDelta::minutes(1) {
        "just now".to_owned()
    } else if past < TimeDelta::hours(1) {
        words(past.num_minutes(), "minute")
    } else if past < TimeDelta::days(1) {
        words(past.num_hours(), "hour")
    } else if past < TimeDelta::days(30) {
        words(past.num_days(), "day")
    } else {
        format!("on {}", date(&at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vital_is_written_with_the_unit_that_reads_best() {
        for (of, value, text) in [
            (Vital::Lcp, 2_310.5, "2.31\u{a0}s"),
            (Vital::Lcp, 999.4, "999\u{a0}ms"),
            (Vital::Lcp, 999.6, "1.00\u{a0}s"),
            (Vital::Inp, 184.0, "184\u{a0}ms"),
            (Vital::Inp, 0.2, "0\u{a0}ms"),
            (Vital::Cls, 0.0312, "0.031"),
            (Vital::Cls, 0.0, "0.000"),
            (Vital::Ttfb, 90_000.0, "1.5\u{a0}min"),
        ] {
            assert_eq!(vital(of, value).to_string(), text, "{of:?} {value}");
        }
    }

    #[test]
    fn an_interval_names_its_unit_once_where_it_can() {
        assert_eq!(interval(Vital::Lcp, 2_210.0, 2_430.0), "2.21–2.43\u{a0}s");
        assert_eq!(interval(Vital::Lcp, 900.0, 1_200.0), "900\u{a0}ms – 1.20\u{a0}s");
        assert_eq!(interval(Vital::Cls, 0.02, 0.034), "0.020–0.034");
    }

    #[test]
    fn thousands_are_parted() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(value), text);
        }
    }

    #[test]
    fn a_number_of_unknown_unit_keeps_three_digits_that_say_something() {
        for (value, text) in [
            (0.0, "0"),
            (812.4, "812"),
            (2_150.7, "2,151"),
            (12.34, "12.3"),
            (9.996, "10"),
            (1.5, "1.5"),
            (0.0312, "0.031"),
            (-0.0001, "0"),
            (-1_234.5, "−1,234"),
            (1e9, "1,000,000,000"),
        ] {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn a_share_never_claims_all_or_nothing_falsely() {
        for (value, text) in [(0.0, "0"), (0.001, "<1"), (0.714, "71"), (0.998, ">99"), (1.0, "100")] {
            assert_eq!(share(value), format!("{text}\u{a0}%"), "{value}");
        }
    }

    #[test]
    fn a_gain_is_told_in_points() {
        for (value, text) in [(0.0, "0\u{a0}pts"), (0.0341, "+3.4\u{a0}pts"), (0.0001, "<\u{2009}0.1\u{a0}pts")] {
            assert_eq!(points(value), text);
        }
    }

    #[test]
    fn prices_show_cents_only_where_there_are_some() {
        assert_eq!((dollars(0), dollars(2_900), dollars(5)), ("$0".into(), "$29".into(), "$0.05".into()));
    }

    #[test]
    fn how_long_ago_is_told_roughly() {
        let now: DateTime<Utc> = "2026-11-22T13:37:11Z".parse().unwrap();
        for (at, text) in [
            ("2026-11-22T13:37:00Z", "just now"),
            ("2026-11-22T13:36:00Z", "1 minute ago"),
            ("2026-11-22T08:00:00Z", "5 hours ago"),
            ("2026-11-20T08:00:00Z", "2 days ago"),
            ("2026-01-02T08:00:00Z", "on 2 Jan 2026"),
            // A clock that runs ahead is no reason to speak of the future.
            ("2026-11-22T13:38:00Z", "just now"),
        ] {
            assert_eq!(ago(at.parse().unwrap(), now), text);
        }
    }
}
