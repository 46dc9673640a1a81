//! How fast the database takes beacons, learnt from the batches it took, and what follows from that: how large a batch
//! may be, and how many beacons may wait, so that nobody waits at a door for what cannot come in time. A batch takes what
//! every batch takes, and so much more for each beacon.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use super::committer::BATCH;

/// What a batch is to take at most. A beacon that just missed one waits for it and for its own, so this must lie well
/// below half of a door's patience.
const BATCH_TIME: Duration = Duration::from_millis(300);
/// What a beacon may have to wait at most, its own batch included: less than a door's patience, for the next batch
/// may be slower than the last.
const WAIT: Duration = Duration::from_millis(500);
/// Smaller batches cost mostly what every batch costs: they tell little of a large one, and gain nothing.
const LEAST: usize = 100;
/// Fewer tell nothing at all.
const FEWEST: u64 = 12;
/// Before anything was learnt: small enough that the first ones are not much too late.
const FIRST_BATCH: usize = 500;
const FIRST_ROOM: usize = 2_000;

#[derive(Debug, Default)]
pub struct Pace {
    /// Nanoseconds a beacon takes as one of many; 0 as long as that is not known.
    each: AtomicU64,
    /// Nanoseconds that every batch takes, as the quickest of late did; 0 as long as there was none.
    every: AtomicU64,
}

impl Pace {
    /// So many beacons were committed in so long. Only one writer may tell.
    pub fn learn(&self, beacons: usize, took: Duration) {
        let (beacons, took) = (beacons as u64, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
        if beacons == 0 {
            return;
        }
        // Slowly, what was quick once is forgotten.
        let every = match self.every.load(Ordering::Relaxed) {
            0 => took,
            every => took.min(every + every / 1_024),
        };
        self.every.store(every.max(1), Ordering::Relaxed);
        // The quickest had beacons, too: at least half of the time is theirs.
        let each = took.saturating_sub(every).max(took / 2) / beacons;
        let before = self.each.load(Ordering::Relaxed);
        let after = match before {
            // Each of many takes at most as long as each of few: of a dozen, that is a first guess.
            0 if beacons < FEWEST => return,
            _ if before != 0 && beacons < LEAST as u64 => before.min(each),
            0 => each,
            // What becomes slower is believed sooner than what becomes faster; neither at once, for a batch may be odd.
            _ if each > before => before / 2 + each / 2,
            _ => before / 4 * 3 + each / 4,
        };
        self.each.store(after.max(1), Ordering::Relaxed);
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
        let (each, every) = (self.each.load(Ordering::Relaxed), self.every.load(Ordering::Relaxed));
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        time.saturating_sub(every.min(time / 2))
            .checked_div(each)
            .map(|beacons| usize::try_from(beacons).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Batches of so many, each of which takes 20 ms and so much for each beacon.
    fn after(batches: &[(usize, Duration)]) -> Pace {
        let pace = Pace::default();
        pace.learn(1, 20 * MS);
        for &(beacons, each) in batches {
            for _ in 0..40 {
                pace.learn(beacons, 20 * MS + each * u32::try_from(beacons).unwrap());
            }
        }
        pace
    }

    #[test]
    fn what_may_wait_is_committed_before_the_doors_lose_patience() {
        for each in [MS / 20, MS / 4, MS, 3 * MS] {
            for beacons in [150, 1_000] {
                let pace = after(&[(beacons, each)]);
                let takes = |beacons: usize| 20 * MS + each * u32::try_from(beacons).unwrap();
                let (batch, room) = (pace.batch(), pace.room());
                assert!(takes(batch) <= BATCH_TIME + BATCH_TIME / 8, "{batch} of {each:?}");
                let all = takes(room) + 20 * MS * u32::try_from(room / batch).unwrap();
                assert!(
                    all < Duration::from_millis(750) && all > Duration::from_millis(200),
                    "{room} of {each:?}: {all:?}"
                );
            }
        }
    }

    #[test]
    fn before_anything_is_known_room_and_batches_are_moderate() {
        let pace = Pace::default();
        assert_eq!((pace.batch(), pace.room()), (FIRST_BATCH, FIRST_ROOM));
        // A few tell nothing of many: what every batch takes is most of theirs.
        pace.learn(2, 40 * MS);
        pace.learn(0, MS);
        assert_eq!((pace.batch(), pace.room()), (FIRST_BATCH, FIRST_ROOM));
    }

    #[test]
    fn a_few_that_were_quick_show_that_many_are_no_slower_and_a_few_that_were_slow_show_nothing() {
        let pace = after(&[(1_000, 10 * MS)]);
        assert_eq!((pace.batch(), pace.room()), (LEAST, 2 * LEAST));
        pace.learn(50, 50 * MS);
        let quick = (pace.batch(), pace.room());
        assert!(quick.0 > 2 * LEAST && quick.1 > 4 * LEAST, "{quick:?}");
        pace.learn(10, 10_000 * MS);
        assert!(pace.batch() > 2 * LEAST && pace.room() > 4 * LEAST, "{pace:?}");
    }

    #[test]
    fn no_batch_is_larger_than_a_transaction_may_be() {
        let pace = after(&[(2_000, MS / 1_000)]);
        assert_eq!(pace.batch(), BATCH);
        assert!(pace.room() > 20_000, "{pace:?}");
    }
}
