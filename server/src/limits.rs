//! How much one address may ask for, and how much may be under way at once.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    state::keyed::DashMapStateStore,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Addresses remembered at most; a flood of more is not told apart any better.
const REMEMBERED: usize = 200_000;

/// Counts by address. Lifted, it lets everything pass.
pub struct PerAddress {
    limiter: Option<RateLimiter<IpAddr, DashMapStateStore<IpAddr>, DefaultClock>>,
    clock: DefaultClock,
}

impl PerAddress {
    /// `per_second` on average, `burst` at once.
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32, on: bool) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self { limiter: on.then(|| RateLimiter::dashmap(quota)), clock: DefaultClock::default() }
    }

    /// Admits, or says after how many seconds to come again.
    pub fn admit(&self, subject: IpAddr) -> Result<(), u32> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check_key(&subject).map_err(|refused| {
            let wait = refused.wait_time_from(self.clock.now());
            u32::try_from(wait.as_secs()).unwrap_or(u32::MAX - 1) + 1
        })
    }

    /// Forgets addresses that have their whole allowance again.
    fn forget(&self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            if limiter.len() < REMEMBERED / 2 {
                limiter.shrink_to_fit();
            }
        }
    }

    fn is_full(&self) -> bool {
        self.limiter.as_ref().is_some_and(|limiter| limiter.len() > REMEMBERED)
    }
}

/// All bounds of the doors.
pub struct Bounds {
    pub beacons: PerAddress,
    pub pages: PerAddress,
    /// Pages and functions under way.
    pages_under_way: Arc<Semaphore>,
    /// Live views that are open.
    live_views: Arc<Semaphore>,
    /// Bytes of beacons that are being read or wait to be durable.
    beacon_bytes: Arc<Semaphore>,
}

/// Pages and functions at once. Past this, waiting would only make all of them late.
const PAGES_UNDER_WAY: usize = 256;
/// Each looks at the database once a second.
const LIVE_VIEWS: usize = 200;
const BEACON_BYTES: usize = 64 << 20;

const fn count(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

impl Bounds {
    /// With `on` false, the limits by address are lifted; those of memory stay.
    pub fn new(on: bool) -> Self {
        Self {
            // A company behind one address that browses one site stays well below.
            beacons: PerAddress::new(count(50), count(500), on),
            pages: PerAddress::new(count(40), count(300), on),
            pages_under_way: Arc::new(Semaphore::new(PAGES_UNDER_WAY)),
            live_views: Arc::new(Semaphore::new(LIVE_VIEWS)),
            beacon_bytes: Arc::new(Semaphore::new(BEACON_BYTES)),
        }
    }

    /// Room for one page; `None` when all is taken.
    pub fn page(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.pages_under_way).try_acquire_owned().ok()
    }

    /// Room for one live view; `None` when all is taken.
    pub fn live_view(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.live_views).try_acquire_owned().ok()
    }

    /// Room for a beacon of so many bytes.
    pub fn beacon(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes.max(1)).ok()?;
        Arc::clone(&self.beacon_bytes).try_acquire_many_owned(bytes).ok()
    }

    /// Keeps memory bounded; runs as long as the server.
    pub async fn tidy(&self) {
        loop {
            // Under a flood of addresses, more often.
            let pause = if self.beacons.is_full() || self.pages.is_full() { 1 } else { 10 };
            tokio::time::sleep(Duration::from_secs(pause)).await;
            self.beacons.forget();
            self.pages.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_over_its_burst_is_told_to_wait_and_another_is_not() {
        let limit = PerAddress::new(count(1), count(3), true);
        let (a, b) = ("198.51.100.1".parse().unwrap(), "198.51.100.2".parse().unwrap());
        assert!((0..3).all(|_| limit.admit(a).is_ok()));
        assert_eq!(limit.admit(a), Err(1));
        assert_eq!(limit.admit(b), Ok(()));
    }

    #[test]
    fn lifted_limits_let_everything_pass() {
        let limit = PerAddress::new(count(1), count(1), false);
        assert!((0..1_000).all(|_| limit.admit("198.51.100.1".parse().unwrap()).is_ok()));
    }

    #[test]
    fn bytes_of_beacons_are_bounded_whatever_the_address() {
        let bounds = Bounds::new(false);
        let held: Vec<_> = std::iter::from_fn(|| bounds.beacon(1 << 20)).collect();
        assert_eq!(held.len(), 64);
        drop(held);
        assert!(bounds.beacon(1).is_some());
    }
}
