//! Beacons that the door refused unread: counted here at once, written to the database later,
//! so that a flood costs an addition each.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use domain::rum::DropReason;
use futures::{StreamExt as _, stream};

use crate::state::Server;

#[derive(Debug, Default)]
pub struct Refusals {
    too_large: AtomicU64,
    rate_limited: AtomicU64,
    unreadable: AtomicU64,
}

impl Refusals {
    fn of(&self, reason: DropReason) -> &AtomicU64 {
        match reason {
            DropReason::TooLarge => &self.too_large,
            DropReason::RateLimited => &self.rate_limited,
            _ => &self.unreadable,
        }
    }

    pub fn count(&self, reason: DropReason) {
        self.of(reason).fetch_add(1, Ordering::Relaxed);
    }
}

/// Written at most in one go, so that a flood does not crowd out beacons.
const AT_ONCE: u64 = 5_000;

/// Writes what was counted, once.
pub async fn flush(server: &Server) {
    for reason in [DropReason::TooLarge, DropReason::RateLimited, DropReason::Unreadable] {
        let counter = server.refusals.of(reason);
        let taken = counter.load(Ordering::Relaxed).min(AT_ONCE);
        counter.fetch_sub(taken, Ordering::Relaxed);
        let now = server.engine.now();
        let failed = stream::iter(0..taken)
            .map(|_| server.engine.rum.refuse(reason, now))
            .buffer_unordered(64)
            // `Dropped` is how the collector says that it counted it.
            .filter(|outcome| {
                futures::future::ready(matches!(outcome, Err(engine::rum::Refusal::Busy | engine::rum::Refusal::Away)))
            })
            .count()
            .await;
        // Another time, when the database is back.
        counter.fetch_add(failed as u64, Ordering::Relaxed);
    }
}

/// Writes every second, as long as the server runs.
pub async fn keep_flushing(server: Server) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if server.availability.now().is_open() && !server.engine.rum.is_crowded() {
            flush(&server).await;
        }
    }
}
