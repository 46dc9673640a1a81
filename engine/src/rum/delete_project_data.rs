//! Job: deletes a deleted project's page views, sketches and counts, then the project.

use chrono::TimeDelta;
use domain::ProjectId;
use serde::{Deserialize, Serialize};

use super::upkeep_store;
use crate::{Engine, Result, jobs::Job, projects};

#[derive(Debug, Serialize, Deserialize)]
pub struct DeleteProjectData {
    pub project: ProjectId,
}

impl Job for DeleteProjectData {
    const KIND: &'static str = "delete_project_data";
    const MAX_ATTEMPTS: i32 = 20;

    async fn run(self, engine: &Engine) -> Result<()> {
        let mut db = engine.db.acquire().await?;
        // The writer takes nothing for the project since it was marked, so this ends.
        let all = engine.now() + TimeDelta::days(365);
        while upkeep_store::delete_some_page_views(&mut db, self.project, all).await? > 0 {}
        upkeep_store::delete_deltas(&mut db, self.project).await?;
        for grain in ["hour", "day"] {
            while upkeep_store::delete_some_sketches(&mut db, self.project, grain, all, false).await? > 0 {}
        }
        upkeep_store::delete_notes(&mut db, self.project).await?;
        projects::remove_deleted(&mut db, self.project).await
    }
}
