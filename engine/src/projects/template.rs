//! Templates of page groups: the team's own, and the learnt.

use domain::{
    Invalid, ProjectId,
    accounts::{Action, Actor},
    projects::{PageGroups, Template, Templates, learn},
};

use sqlx::PgConnection;

use super::{
    access::{Change, allowed},
    store,
};
use crate::{Engine, Error, Result};

/// Most templates that a team writes for one project.
const MOST_TEMPLATES: usize = 200;

/// The project's templates.
pub async fn templates(engine: &Engine, actor: &Actor, id: ProjectId) -> Result<Templates> {
    let mut conn = engine.db.acquire().await?;
    allowed(actor, store::head(&mut conn, id).await?, Action::Read)?;
    store::templates(&mut conn, id).await
}

/// The project's templates, ready to apply; for rooms that have asked who may.
pub async fn page_groups(conn: &mut PgConnection, id: ProjectId) -> Result<PageGroups> {
    let Templates { user, learnt } = store::templates(conn, id).await?;
    Ok(PageGroups::new(user, learnt))
}

/// Replaces the templates that the team wrote; empty lines and repetitions are left out. Page
/// views that come are grouped by them at once, older ones when they are read. `Invalid` names
/// `templates`.
pub async fn set_templates(engine: &Engine, actor: &Actor, id: ProjectId, templates: Vec<String>) -> Result<()> {
    let mut change = Change::begin(engine, actor, id, Action::ManageProjects).await?;
    let templates = parse_templates(&templates)?;
    store::replace_user_templates(&mut change.tx, id, &templates, engine.now()).await?;
    change.finish().await
}

/// Reads templates as typed, one a line.
pub fn parse_templates(lines: &[String]) -> Result<Vec<Template>, Invalid> {
    let mut templates = Vec::new();
    for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        let template = Template::parse(line)?;
        if !templates.contains(&template) {
            templates.push(template);
        }
        if templates.len() > MOST_TEMPLATES {
            return Err(Invalid::new(
                "templates",
                format!("Use at most {MOST_TEMPLATES} templates; one with * stands for many paths."),
            ));
        }
    }
    Ok(templates)
}

/// Learns from paths that visitors saw, as they came or as groups; answers how many templates
/// are new. For jobs. Safe to run twice: the same paths teach nothing more.
pub async fn learn_templates(engine: &Engine, id: ProjectId, paths: &[String]) -> Result<u32> {
    let known = page_groups(&mut *engine.db.acquire().await?, id).await?;
    // Learning takes its time on many paths, and the row is not held meanwhile.
    let learnt = learn(&known, paths.iter().map(String::as_str));
    if learnt == known.learnt() {
        return Ok(0);
    }
    let new = learnt.iter().filter(|template| !known.learnt().contains(template)).count();
    let mut change = match Change::begin(engine, &Actor::system(), id, Action::ManageProjects).await {
        // Deleted meanwhile: nothing is learnt.
        Err(Error::NotFound) => return Ok(0),
        change => change?,
    };
    store::replace_learnt_templates(&mut change.tx, id, &learnt, engine.now()).await?;
    change.finish().await?;
    Ok(u32::try_from(new).unwrap_or(u32::MAX))
}
