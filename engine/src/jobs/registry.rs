//! Which jobs there are.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures::{FutureExt, future::BoxFuture};
use serde_json::Value;

use super::Job;
use crate::{Engine, Error, Result};

/// The jobs that a worker can do. Cheap to clone.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: Arc<BTreeMap<&'static str, Kind>>,
    periods: Arc<Vec<Period>>,
}

/// How a job is run when only its payload is known.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub max_attempts: i32,
    pub time_limit: Duration,
    pub waits_for_others: bool,
    pub run: fn(Value, Engine) -> BoxFuture<'static, Result<()>>,
}

/// A job that comes again.
#[derive(Clone)]
pub(super) struct Period {
    pub kind: &'static str,
    pub interval: TimeDelta,
    /// What `J::default()` is in the table.
    pub payload: Value,
}

impl Registry {
    /// Adds a job that is enqueued where something makes it necessary.
    #[must_use]
    pub fn with<J: Job>(mut self) -> Self {
        Arc::make_mut(&mut self.kinds).insert(
            J::KIND,
            Kind {
                max_attempts: J::MAX_ATTEMPTS,
                time_limit: J::TIME_LIMIT,
                waits_for_others: J::WAITS_FOR_OTHERS,
                run: |payload, engine| {
                    async move {
                        let job: J = serde_json::from_value(payload).map_err(|error| {
                            Error::from(domain::Invalid::new("payload", format!("It cannot be read: {error}.")))
                        })?;
                        job.run(&engine).await
                    }
                    .boxed()
                },
            },
        );
        self
    }

    /// Adds a job that comes again: one `J::default()` in each interval, counted from 1970,
    /// whatever the number of replicas. A slot that passed while no worker ran is left out; a
    /// slot whose predecessor still waits or runs is, too.
    #[must_use]
    pub fn every<J: Job + Default>(mut self, interval: Duration) -> Self {
        let interval = TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX).max(TimeDelta::seconds(1));
        let payload = serde_json::to_value(J::default()).unwrap_or(Value::Null);
        Arc::make_mut(&mut self.periods).push(Period { kind: J::KIND, interval, payload });
        self.with::<J>()
    }

    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        self.kinds.get(name).copied()
    }

    /// The names of the kinds that wait for others, or of those that do not. A worker leaves unknown ones to replicas
    /// that know them.
    pub(super) fn names(&self, waiting_for_others: bool) -> Vec<String> {
        let kinds = self.kinds.iter().filter(|(_, kind)| kind.waits_for_others == waiting_for_others);
        kinds.map(|(&name, _)| name.to_owned()).collect()
    }

    pub(super) fn periods(&self) -> &[Period] {
        &self.periods
    }
}
