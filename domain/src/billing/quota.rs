//! How many page views a team may send in a month, and what becomes of those beyond.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Limit, Plan};
use crate::PageViewId;

/// A calendar month, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that a moment lies in.
    pub fn of(at: DateTime<Utc>) -> Self {
        Self::starting(at.date_naive())
    }

    /// The month that this is the first day of; of another day, its month.
    pub fn starting(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    pub const fn first_day(self) -> NaiveDate {
        self.0
    }

    /// When the next one begins.
    pub fn end(self) -> DateTime<Utc> {
        let next = self.0.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
        next.and_time(NaiveTime::MIN).and_utc()
    }

    /// Whole seconds until the next one begins, at least 1: what `Retry-After` says.
    pub fn seconds_left(now: DateTime<Utc>) -> u32 {
        u32::try_from((Self::of(now).end() - now).num_seconds().max(1)).unwrap_or(u32::MAX)
    }
}

/// A plan's page views of a month, all projects of the team together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quota(u64);

/// What becomes of a page view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Stored, standing for itself.
    Kept,
    /// Stored, standing for [`Quota::SAMPLE_FACTOR`].
    Sampled,
    /// Not stored: the sampled ones stand for it.
    LeftOut,
    /// Refused: the month's hard stop.
    Stopped,
}

/// A mark that the owners are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotaMark {
    EightyPercent,
    All,
}

impl QuotaMark {
    pub const BOTH: [Self; 2] = [Self::EightyPercent, Self::All];
}

impl Quota {
    /// Over the quota, one page view in so many is kept, and counts for all of them.
    pub const SAMPLE_FACTOR: u16 = 10;

    /// `None`: the plan has no bound.
    pub const fn of(plan: Plan) -> Option<Self> {
        match plan.limits().metrics_per_month {
            Limit::AtMost(most) => Some(Self(most as u64)),
            Limit::Unlimited => None,
        }
    }

    pub const fn page_views(self) -> u64 {
        self.0
    }

    /// Page views after which the month takes no more.
    pub const fn hard_stop(self) -> u64 {
        self.0 * Plan::HARD_STOP_FACTOR as u64
    }

    /// What becomes of a new page view when `used` came before it this month. The same id is always sampled or always
    /// left out.
    pub fn ruling(self, used: u64, id: PageViewId) -> Ruling {
        if used < self.0 {
            Ruling::Kept
        } else if used >= self.hard_stop() {
            Ruling::Stopped
        } else if mixed(id).is_multiple_of(u64::from(Self::SAMPLE_FACTOR)) {
            Ruling::Sampled
        } else {
            Ruling::LeftOut
        }
    }

    /// How many page views reach a mark.
    pub const fn at(self, mark: QuotaMark) -> u64 {
        match mark {
            QuotaMark::EightyPercent => (self.0 * 4).div_ceil(5),
            QuotaMark::All => self.0,
        }
    }
}

/// What a team used of its month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthUsage {
    pub month: Month,
    /// Page views, those left out by the sample included.
    pub used: u64,
    /// `None`: the plan has no bound.
    pub quota: Option<Quota>,
}

impl MonthUsage {
    /// The highest mark that is reached.
    pub fn mark(self) -> Option<QuotaMark> {
        let quota = self.quota?;
        QuotaMark::BOTH.into_iter().rev().find(|mark| self.used >= quota.at(*mark))
    }

    /// Whether the month takes no more.
    pub fn is_stopped(self) -> bool {
        self.quota.is_some_and(|quota| self.used >= quota.hard_stop())
    }
}

/// The id's bits, mixed by SplitMix64's finaliser (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", OOPSLA 2014): the first half of a version 7 id is a clock, and must not decide alone.
const fn mixed(id: PageViewId) -> u64 {
    let (high, low) = id.0.as_u64_pair();
    let mut z = high.rotate_left(32) ^ low;
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, first, end) in [
            ("2026-11-22T10:00:00Z", "2026-11-01", "2026-12-01T00:00:00Z"),
            ("2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01T00:00:00Z"),
            ("2028-02-29T00:00:00Z", "2028-02-01", "2028-03-01T00:00:00Z"),
        ] {
            let month = Month::of(at(now));
            assert_eq!((month.first_day().to_string(), month.end()), (first.to_owned(), at(end)));
        }
        assert_eq!(Month::seconds_left(at("2026-11-30T23:59:30Z")), 30);
        assert_eq!(Month::seconds_left(at("2026-11-30T23:59:59.900Z")), 1);
    }

    #[test]
    fn a_plan_samples_beyond_its_quota_and_stops_at_three_times_it() {
        let quota = Quota::of(Plan::Free).unwrap();
        assert_eq!((quota.page_views(), quota.hard_stop()), (5_000, 15_000));
        assert_eq!((quota.at(QuotaMark::EightyPercent), quota.at(QuotaMark::All)), (4_000, 5_000));
        assert_eq!(Quota::of(Plan::Agency), None);
        for n in 0..1_000u128 {
            let id = PageViewId(Uuid::from_u128(n));
            assert_eq!(quota.ruling(4_999, id), Ruling::Kept);
            let over = quota.ruling(5_000, id);
            assert!(matches!(over, Ruling::Sampled | Ruling::LeftOut));
            assert_eq!(quota.ruling(14_999, id), over, "the same id, the same ruling");
            assert_eq!(quota.ruling(15_000, id), Ruling::Stopped);
        }
    }

    /// Counted ids, random ids, and ids of version 7 of one millisecond: one in ten, within five standard deviations.
    #[test]
    fn one_page_view_in_ten_is_kept_whatever_its_ids_look_like() {
        let quota = Quota::of(Plan::Free).unwrap();
        let of = |id: &dyn Fn(u64) -> Uuid| {
            (0..100_000).filter(|&n| quota.ruling(5_000, PageViewId(id(n))) == Ruling::Sampled).count()
        };
        for kept in [
            of(&|n| Uuid::from_u128(n.into())),
            of(&|n| Uuid::from_u64_pair(n, 7)),
            of(&|n| {
                Uuid::from_u128((0x019a_a5e8_7b3c_7def_u128 << 64) | u128::from(n.wrapping_mul(0x2545_f491_4f6c_dd1d)))
            }),
        ] {
            assert!((9_526..=10_474).contains(&kept), "{kept}");
        }
    }

    #[test]
    fn usage_tells_the_highest_mark() {
        let usage = |used| MonthUsage { month: Month(NaiveDate::MIN), used, quota: Quota::of(Plan::Free) };
        assert_eq!(usage(3_999).mark(), None);
        assert_eq!(usage(4_000).mark(), Some(QuotaMark::EightyPercent));
        assert_eq!(usage(5_000).mark(), Some(QuotaMark::All));
        assert!(!usage(14_999).is_stopped() && usage(15_000).is_stopped());
        assert_eq!(MonthUsage { quota: None, ..usage(1 << 40) }.mark(), None);
    }
}
