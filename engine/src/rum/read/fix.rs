//! What to mend first, from the newest single page views.

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{FixList, Query, Vital, fix_table},
};

use super::question::Question;
use crate::{Engine, Result};

/// Page views that are read at most.
const MOST: u32 = 10_000;

/// The elements that cost page views their good rating; see [`fix_table`]. From the newest 10,000
/// page views of the period at most.
pub async fn fix_list(engine: &Engine, actor: &Actor, project: ProjectId, query: &Query) -> Result<FixList> {
    let question = Question::ask(engine, actor, project, query).await?;
    let (from, to) = query.period.range(engine.now());
    let (rows, cut_at) = question.newest((from, to), MOST).await?;
    let tables = Vital::CORE
        .into_iter()
        .map(|vital| fix_table(vital, query.percentile, rows.iter().filter_map(|row| row.explained(vital)).collect()))
        .collect();
    Ok(FixList { from, to, page_views: rows.len() as u64, cut_at, tables })
}
