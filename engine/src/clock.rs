//! Where `now` comes from: the machine, or a test.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};

/// The time of day. Tests hold it still or move it.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    /// Milliseconds since 1970, moved by the test.
    Held(Arc<AtomicI64>),
}

impl Clock {
    pub fn held_at(at: DateTime<Utc>) -> Self {
        Self::Held(Arc::new(AtomicI64::new(at.timestamp_millis())))
    }

    /// Microsecond precision, as Postgres stores it, so that a stored time equals its source.
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match self {
            Self::System => Utc::now().timestamp_micros(),
            Self::Held(millis) => millis.load(Ordering::SeqCst) * 1_000,
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// Moves a held clock; the machine's clock stays.
    pub fn advance(&self, by: chrono::TimeDelta) {
        if let Self::Held(millis) = self {
            millis.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        }
    }
}
