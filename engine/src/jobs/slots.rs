//! Periodic jobs: who enqueues the one of this interval.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Registry, store};
use crate::{Engine, Result};

/// The slots that this process knows to be taken, so that it asks the database once a slot.
#[derive(Default)]
pub(super) struct Slots {
    taken: HashMap<&'static str, DateTime<Utc>>,
}

impl Slots {
    /// Enqueues the periodic jobs whose slot has begun and was taken by nobody.
    pub async fn fill(&mut self, engine: &Engine, registry: &Registry) -> Result<()> {
        let now = engine.now();
        for period in registry.periods() {
            let slot = slot_of(now, period.interval);
            if self.taken.get(period.kind) == Some(&slot) {
                continue;
            }
            let mut transaction = engine.db.begin().await?;
            // The row of the kind is locked until the job is in the queue: a slot is taken and
            // enqueued, or neither.
            // Further ahead than clocks of replicas may differ, one was wrong; nobody waits until it was right.
            if store::take_slot(&mut transaction, period.kind, slot, slot + period.interval).await?
                && !store::is_unfinished(&mut transaction, period.kind, PERIODIC).await?
            {
                store::insert(&mut transaction, period.kind, &period.payload, Some(PERIODIC), now).await?;
            }
            transaction.commit().await?;
            self.taken.insert(period.kind, slot);
        }
        Ok(())
    }
}

/// The dedupe key of jobs that come by the clock.
const PERIODIC: &str = "periodic";

/// The start of the interval that `now` is in.
fn slot_of(now: DateTime<Utc>, interval: TimeDelta) -> DateTime<Utc> {
    let length = interval.num_seconds().max(1);
    DateTime::from_timestamp(now.timestamp().div_euclid(length) * length, 0).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_begins_at_a_multiple_of_its_interval() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let now = at("2026-11-22T10:59:59.9Z");
        assert_eq!(slot_of(now, TimeDelta::hours(1)), at("2026-11-22T10:00:00Z"));
        assert_eq!(slot_of(now, TimeDelta::minutes(5)), at("2026-11-22T10:55:00Z"));
        assert_eq!(slot_of(at("1969-12-31T23:59:59Z"), TimeDelta::days(1)), at("1969-12-31T00:00:00Z"));
    }
}
