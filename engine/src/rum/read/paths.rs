//! The newest real paths.

use chrono::TimeDelta;
use domain::{
    Invalid, ProjectId,
    accounts::Actor,
    projects::{PageGroups, Template},
};

use crate::{Engine, Result, projects, rum::read_store};

/// How the newest real paths would be grouped by these templates: path, group now, group then.
pub async fn preview_templates(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    templates: Vec<String>,
) -> Result<Vec<(String, String, String)>> {
    const PATHS: i64 = 100;
    let stored = projects::templates(engine, actor, project).await?;
    let user = templates.iter().map(|template| Template::parse(template)).collect::<Result<Vec<_>, Invalid>>()?;
    let then = PageGroups::new(user, stored.learnt.clone());
    let now = PageGroups::new(stored.user, stored.learnt);
    let since = engine.now() - TimeDelta::days(28);
    let paths = read_store::recent_paths(&mut *engine.db.acquire().await?, project, since, PATHS).await?;
    Ok(paths
        .into_iter()
        .map(|path| (now.group(&path), then.group(&path), path))
        .map(|(now, then, path)| (path, now, then))
        .collect())
}
