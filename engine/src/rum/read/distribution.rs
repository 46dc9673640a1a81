//! How the values of the chosen vital are spread.

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Histogram, Query},
};

use super::question::{Question, merged};
use crate::{Engine, Result};

pub async fn distribution(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<Histogram> {
    let question = Question::ask(engine, actor, project, query).await?;
    let (rows, basis) = question.rows(None, query.period.range(engine.now())).await?;
    Ok(Histogram::of(query.vital, merged(&rows).vital(query.vital), basis))
}
