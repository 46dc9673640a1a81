//! What of the month's quota is used.

use domain::{
    ProjectId,
    accounts::{Action, Actor},
    billing::{Month, MonthUsage, Quota},
};

use crate::{Engine, Result, projects, rum::quota_store};

/// What the project's team used of this month, for members; `None` for others, and for PerfAlly's own projects, which
/// have no quota.
pub async fn month_usage(engine: &Engine, actor: &Actor, project: ProjectId) -> Result<Option<MonthUsage>> {
    projects::authorize(engine, actor, project, Action::Read).await?;
    usage_shown_to(engine, actor, project).await
}

/// The same for who may read the project.
pub async fn usage_shown_to(engine: &Engine, actor: &Actor, project: ProjectId) -> Result<Option<MonthUsage>> {
    let month = Month::of(engine.now());
    let found = quota_store::standing(&mut *engine.db.acquire().await?, project, month).await?;
    Ok(found.filter(|found| !found.house && actor.may(Action::Read, found.team)).map(|found| MonthUsage {
        month,
        used: found.used,
        quota: Quota::of(found.plan.unwrap_or(engine.config.default_plan)),
    }))
}
