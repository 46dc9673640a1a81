//! The newest page views, page by page.

use domain::{
    ProjectId,
    accounts::{Action, Actor},
    rum::{PageViewPlace, PageViewRecord, TimeRange},
};

use super::rows_store;
use crate::{Engine, Result, projects};

/// Up to `most` page views of a range, the newest first, bots included; those after `after`
/// where it is given. What comes meanwhile moves nothing.
pub async fn page_views(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    range: TimeRange,
    after: Option<PageViewPlace>,
    most: u16,
) -> Result<Vec<PageViewRecord>> {
    projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
    rows_store::newest(&mut *engine.db.acquire().await?, project, range, after, i64::from(most)).await
}
