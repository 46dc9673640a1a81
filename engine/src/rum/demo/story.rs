//! What happened to the demo's shop, told in days before now.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use domain::rum::Granularity;

/// How far back it goes. Single page views of the demo are kept as long.
pub const DAYS: i64 = 90;

/// Page views in the busiest hour of a weekday; the night has a fifth.
const PEAK_PER_HOUR: f64 = 36.0;

/// What weekends have of a weekday.
const WEEKEND: f64 = 0.7;

/// Releases, the newest first: days before now on which each came, and its name.
const RELEASES: [(i64, &str); 6] = [(5, "v124"), (16, "v123"), (30, "v122"), (51, "v121"), (72, "v120"), (91, "v119")];

/// The story at one clock.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    now: DateTime<Utc>,
}

impl Story {
    pub const fn ending(now: DateTime<Utc>) -> Self {
        Self { now }
    }

    /// The story in whose last hour but so many days a release came; `None` for a release that is not in it.
    pub fn of_deploy(release: &str, at: DateTime<Utc>) -> Option<Self> {
        let (days, _) = RELEASES.iter().find(|(_, name)| *name == release)?;
        Some(Self { now: at + TimeDelta::days(*days) })
    }

    /// The last hour, which may not be over yet.
    pub fn last_hour(self) -> DateTime<Utc> {
        Granularity::Hour.floor(self.now)
    }

    pub fn is_over(self, at: DateTime<Utc>) -> bool {
        at <= self.now
    }

    /// The days that it touches, the oldest first.
    pub fn days(self) -> impl Iterator<Item = DateTime<Utc>> {
        let first = Granularity::Day.floor(self.now - TimeDelta::days(DAYS));
        (0..=DAYS).map(move |nr| first + TimeDelta::days(nr))
    }

    /// Visitors that an hour expects: a wave a day, the most in the afternoon, and quiet weekends.
    pub fn expected(self, hour: DateTime<Utc>) -> f64 {
        let wave = (f64::from(hour.hour()) - 15.0) / 12.0 * std::f64::consts::PI;
        let weekend = matches!(hour.weekday(), Weekday::Sat | Weekday::Sun);
        PEAK_PER_HOUR * (0.6 + 0.4 * wave.cos()) * if weekend { WEEKEND } else { 1.0 }
    }

    /// One night, twelve days ago.
    fn bots_came(self) -> DateTime<Utc> {
        Granularity::Day.floor(self.now) - TimeDelta::days(12) + TimeDelta::hours(1)
    }

    /// Visits that programs make in this hour beside the usual few.
    pub fn burst_of_bots(self, hour: DateTime<Utc>) -> i64 {
        let began = self.bots_came();
        if (began..began + TimeDelta::hours(3)).contains(&hour) { 200 } else { 0 }
    }

    /// What was deployed at that time.
    pub fn release(self, at: DateTime<Utc>) -> &'static str {
        let running = RELEASES.iter().find(|(days, _)| at >= self.last_hour() - TimeDelta::days(*days));
        running.unwrap_or(&RELEASES[RELEASES.len() - 1]).1
    }

    /// When each release came, as far back as the story goes.
    pub fn deploys(self) -> impl Iterator<Item = (DateTime<Utc>, &'static str)> {
        let came = move |&(days, name): &(i64, &'static str)| (self.last_hour() - TimeDelta::days(days), name);
        RELEASES.iter().filter(|(days, _)| *days <= DAYS).map(came)
    }

    /// What went wrong, and when: the night of the programs.
    pub fn incident(self) -> (DateTime<Utc>, DateTime<Utc>, &'static str) {
        let began = self.bots_came();
        (began, began + TimeDelta::hours(3), "Programs came by the hundred")
    }

    /// Whether the newest release is there, which loads the pictures of products lazily.
    pub fn is_lazy(self, at: DateTime<Utc>) -> bool {
        self.release(at) == RELEASES[0].1
    }

    /// Whether a campaign runs that brings phones: in the week of whole days that ended four weeks
    /// ago. Pages are as fast as ever on each device, and slower on the whole.
    pub fn is_campaign(self, at: DateTime<Utc>) -> bool {
        let ended = Granularity::Day.floor(self.now) - TimeDelta::days(28);
        (ended - TimeDelta::days(7)..ended).contains(&at)
    }
}
