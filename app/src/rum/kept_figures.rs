//! Figures that were made lately, for whoever asks for the same. An open overview asks every few seconds, and one that
//! many look at is asked for by all of them; it is made once for each state of the data.

use std::{
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::Arc,
    time::Duration,
};

use domain::{ProjectId, UserId, rum::Query};
use moka::future::Cache;

use super::{actions::Figures, overview::Stage};
use crate::AppError;

/// Bytes of HTML at most: a hundred overviews or so.
const MOST_BYTES: u64 = 24 << 20;

/// What a stamp does not tell, such as what a plan stops keeping, is older than that on no page.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Shared by all requests of a process.
#[derive(Clone)]
pub struct KeptFigures(Cache<Key, Arc<Made>>);

/// Figures as they were made.
pub struct Made {
    pub figures: Figures,
    /// Whether no part is missing: what is not whole is made anew for whoever asks next.
    pub whole: bool,
}

/// Whose figures of what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub project: ProjectId,
    pub stage: Stage,
    /// Whose rights, time zone and notices they show. Whoever is not signed in sees what everybody does.
    pub reader: Option<UserId>,
    pub query: Query,
    /// Of the data, and of what else is shown.
    pub stamp: u64,
}

impl Default for KeptFigures {
    fn default() -> Self {
        let bytes = |_: &Key, made: &Arc<Made>| u32::try_from(made.figures.html.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(MOST_BYTES).weigher(bytes).time_to_live(KEPT_FOR).build())
    }
}

impl KeptFigures {
    /// The kept ones, or those that `make` makes. Who asks for the same meanwhile waits for them.
    pub async fn get(
        &self,
        key: Key,
        make: impl Future<Output = Result<Made, AppError>>,
    ) -> Result<Arc<Made>, AppError> {
        let made = self.0.try_get_with(key.clone(), async { make.await.map(Arc::new) }).await;
        let made = made.map_err(|error| AppError::clone(&error))?;
        if !made.whole {
            self.0.invalidate(&key).await;
        }
        Ok(made)
    }
}

impl Key {
    /// How the browser tells these figures from others.
    pub fn mark(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}
