//! How the values of the chosen vital are spread.

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Histogram, Query},
};

use super::question::Question;
use crate::{Engine, Result};

pub async fn distribution(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Histogram> {
    Question::ask(engine, actor, project, query).await?.distribution().await
}

impl Question<'_> {
    /// How the values of the chosen vital are spread over the period.
    pub async fn distribution(&self) -> Result<Histogram> {
        let (rows, basis) = self.rows(None, self.granularity(), self.range()).await?;
        let site = rows.merged(&[self.query.vital])?;
        Ok(Histogram::of(self.query.vital, site.vital(self.query.vital), basis))
    }
}
