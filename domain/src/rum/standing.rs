//! Since when a verdict holds.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Device, Verdict};

/// A device class's verdict over Google's window of 28 days, and since when it is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub device: Device,
    pub verdict: Verdict,
    pub since: Since,
}

/// A day of UTC whose window of 28 days ended with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The first day with this verdict, after one with another.
    Day(NaiveDate),
    /// It was so on this day already, and further back is not looked or not known.
    AtLeast(NaiveDate),
}

impl Standing {
    /// From the verdicts of each day, the newest first; `None` without any. Failing stays failing
    /// whichever vital it is because of.
    pub fn of(device: Device, days: impl IntoIterator<Item = (NaiveDate, Verdict)>) -> Option<Self> {
        let mut days = days.into_iter();
        let (mut day, verdict) = days.next()?;
        for (earlier, other) in days {
            if std::mem::discriminant(&other) != std::mem::discriminant(&verdict) {
                return Some(Self { device, verdict, since: Since::Day(day) });
            }
            day = earlier;
        }
        Some(Self { device, verdict, since: Since::AtLeast(day) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rum::Vital;

    fn day(of_november: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, of_november).unwrap()
    }

    #[test]
    fn a_verdict_holds_since_the_day_after_another() {
        let fails = |vital| Verdict::Fails(vec![vital]);
        let days = [
            (day(9), fails(Vital::Lcp)),
            (day(8), fails(Vital::Inp)),
            (day(7), Verdict::Passes),
            (day(6), fails(Vital::Lcp)),
        ];
        let standing = Standing::of(Device::Mobile, days).unwrap();
        assert_eq!((standing.verdict, standing.since), (fails(Vital::Lcp), Since::Day(day(8))));
    }

    #[test]
    fn one_that_never_was_another_holds_at_least_since_the_first_day() {
        let days = [(day(9), Verdict::Passes), (day(8), Verdict::Passes)];
        assert_eq!(Standing::of(Device::Mobile, days).unwrap().since, Since::AtLeast(day(8)));
        assert_eq!(Standing::of(Device::Mobile, []), None);
    }
}
