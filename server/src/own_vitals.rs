//! How fast PerfAlly's own pages are for their visitors, for the footer of its public pages.
//!
//! A page takes what is known and waits for nothing. What is older than a minute is asked anew
//! beside it, once, however many pages look meanwhile.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::rum::VitalSummary;
use engine::Engine;

const FRESH: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default)]
pub struct OwnVitals(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    /// When it was asked, and what was answered.
    last: Mutex<Option<(Instant, Arc<[VitalSummary]>)>>,
    is_asking: AtomicBool,
}

impl OwnVitals {
    /// What is known; empty before the first answer, and where PerfAlly does not measure itself.
    pub fn glance(&self, engine: &Engine) -> Arc<[VitalSummary]> {
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_fresh = last.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH);
        if !is_fresh && !self.0.is_asking.swap(true, Ordering::AcqRel) {
            let (known, engine) = (Arc::clone(&self.0), engine.clone());
            tokio::spawn(async move {
                match engine::rum::own_vitals(&engine).await {
                    Ok(vitals) => {
                        let mut last = known.last.lock().unwrap_or_else(PoisonError::into_inner);
                        *last = Some((Instant::now(), vitals.into()));
                    }
                    Err(error) => tracing::warn!(%error, "our own vitals cannot be read"),
                }
                known.is_asking.store(false, Ordering::Release);
            });
        }
        last.map(|(_, vitals)| vitals).unwrap_or_default()
    }
}
