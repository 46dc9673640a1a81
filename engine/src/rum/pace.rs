//! How fast the database takes beacons, learnt from the batches it took, and what follows from that: how large a batch
//! may be, and how many beacons may wait, so that nobody waits at a door for what cannot come in time.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::committer::BATCH;

/// What a batch is to take at most. A beacon that just missed one waits for it and for its own, so this must lie well
/// below half of a door's patience.
const BATCH_TIME: Duration = Duration::from_millis(250);
/// What a beacon may have to wait at most, its own batch included: half of a door's patience, for the next batch may be
/// slower than the last.
const WAIT: Duration = Duration::from_millis(450);
/// Smaller batches cost mostly what every batch costs: they tell little of a large one, and gain nothing.
const LEAST: usize = 100;
/// Before anything was learnt: small enough that the first ones are not much too late.
const FIRST_BATCH: usize = 500;
const FIRST_ROOM: usize = 2_000;

/// Nanoseconds a beacon takes as one of many; 0 as long as that is not known.
#[derive(Debug, Default)]
pub struct Pace(AtomicU64);

impl Pace {
    /// So many beacons were committed in so long. Only one writer may tell.
    pub fn learn(&self, beacons: usize, took: Duration) {
        let (beacons, took) = (beacons as u64, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        let Some(each) = took.checked_div(beacons) else { return };
        let before = self.0.load(Ordering::Relaxed);
        let after = match before {
            _ if beacons < LEAST as u64 => {
                // Each of many takes at most as long as each of few.
                if before == 0 { return } else { before.min(each) }
            }
            0 => each,
            // What becomes slower is believed sooner than what becomes faster; neither at once, for a batch may be odd.
            _ if each > before => before / 2 + each / 2,
            _ => before / 4 * 3 + each / 4,
        };
        self.0.store(after.max(1), Ordering::Relaxed);
    }

    /// Beacons of one batch at most.
    pub fn batch(&self) -> usize {
        self.within(BATCH_TIME).unwrap_or(FIRST_BATCH).clamp(LEAST, BATCH)
    }

    /// Beacons that may wait, those of the batch under way among them. At least one batch, whatever it takes.
    pub fn room(&self) -> usize {
        self.within(WAIT).unwrap_or(FIRST_ROOM).max(2 * LEAST)
    }

    /// Beacons that are committed within this time; `None`: not known.
    fn within(&self, time: Duration) -> Option<usize> {
        let each = self.0.load(Ordering::Relaxed);
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        time.checked_div(each).map(|beacons| usize::try_from(beacons).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_batch_takes_a_quarter_of_a_second_and_nobody_waits_for_half_a_second() {
        let pace = Pace::default();
        pace.learn(1_000, 1_000 * MS);
        assert_eq!((pace.batch(), pace.room()), (250, 450));
        // Four times as fast.
        for _ in 0..40 {
            pace.learn(250, 250 * MS / 4);
        }
        assert!((950..=1_000).contains(&pace.batch()) && (1_700..=1_800).contains(&pace.room()), "{pace:?}");
    }

    #[test]
    fn before_anything_is_known_room_and_batches_are_moderate() {
        let pace = Pace::default();
        assert_eq!((pace.batch(), pace.room()), (FIRST_BATCH, FIRST_ROOM));
        // A few tell nothing of many: what every batch costs is most of theirs.
        pace.learn(2, 40 * MS);
        pace.learn(0, MS);
        assert_eq!((pace.batch(), pace.room()), (FIRST_BATCH, FIRST_ROOM));
    }

    #[test]
    fn a_few_that_were_quick_show_that_many_are_no_slower_and_a_few_that_were_slow_show_nothing() {
        let pace = Pace::default();
        pace.learn(1_000, 10_000 * MS);
        assert_eq!((pace.batch(), pace.room()), (LEAST, 2 * LEAST));
        pace.learn(10, 10 * MS);
        assert_eq!((pace.batch(), pace.room()), (250, 450));
        pace.learn(10, 10_000 * MS);
        assert_eq!((pace.batch(), pace.room()), (250, 450));
    }

    #[test]
    fn no_batch_is_larger_than_a_transaction_may_be() {
        let pace = Pace::default();
        pace.learn(2_000, MS);
        assert_eq!(pace.batch(), BATCH);
        pace.learn(100, Duration::ZERO);
        assert!(pace.room() > 100_000);
    }
}
