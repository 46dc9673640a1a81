//! Job: learns page-group templates from the paths that came of late.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{read_store, upkeep_store};
use crate::{Engine, Result, jobs::Job, projects};

/// Distinct paths of a project that are looked at.
const PATHS: i64 = 5_000;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LearnPageGroups {}

impl Job for LearnPageGroups {
    const KIND: &'static str = "learn_page_groups";
    const MAX_ATTEMPTS: i32 = 3;

    async fn run(self, engine: &Engine) -> Result<()> {
        let now = engine.now();
        let mut db = engine.db.acquire().await?;
        for project in upkeep_store::active_projects(&mut db, now - TimeDelta::hours(2)).await? {
            let paths = read_store::recent_paths(&mut db, project, now - TimeDelta::hours(24), PATHS).await?;
            projects::learn_templates(engine, project, &paths).await?;
        }
        Ok(())
    }
}
