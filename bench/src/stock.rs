//! Projects that many benchmarks look at, filled once a run, and the server that shows them.

use std::{collections::BTreeMap, time::Duration};

use domain::ProjectId;
use engine::Engine;
use sqlx::PgPool;

use crate::{
    Result,
    benchmarks::load::{self, Filled},
    subject::{Project, Subject},
};

pub struct Stock {
    pub subject: Subject,
    pub engine: Engine,
    /// By page views.
    projects: BTreeMap<usize, (Project, Filled)>,
}

impl Stock {
    pub async fn open(binary: &std::path::Path) -> Result<Self> {
        let subject = Subject::start_new(binary).await?;
        let engine = load::engine(&subject).await?;
        Ok(Self { subject, engine, projects: BTreeMap::new() })
    }

    /// A project of so many page views of the last four weeks, and what filling it took.
    pub async fn project(&mut self, page_views: usize) -> Result<(Project, Filled)> {
        if let Some(found) = self.projects.get(&page_views) {
            return Ok(found.clone());
        }
        let project = self.subject.add_project(&format!("shop-of-{page_views}"))?;
        let filled = load::fill(&self.engine, &project.site, page_views, self.engine.now(), page_views as u64).await?;
        let stored = load::stored(&self.engine, ProjectId(project.id)).await?;
        if stored != i64::try_from(page_views)? {
            return Err(format!("{page_views} page views were loaded, and {stored} are stored").into());
        }
        sqlx::query("vacuum analyze").execute(&patient(&self.engine).await?).await?;
        self.projects.insert(page_views, (project.clone(), filled));
        Ok((project, filled))
    }
}

/// Connections that may take their time: the engine's end a statement after ten seconds.
pub async fn patient(engine: &Engine) -> Result<PgPool> {
    let options = engine.db.connect_options().as_ref().clone().options([("statement_timeout", "0")]);
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(2).acquire_timeout(Duration::from_secs(30));
    Ok(pool.connect_with(options).await?)
}
