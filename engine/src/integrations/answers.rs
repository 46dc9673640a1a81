//! What programs are answered: a live key reads its team's data by the rooms' own verbs, a test
//! key reads data that is made up and the same for ever.

use domain::{
    ProjectId,
    accounts::{Actor, KeyHolder},
    integrations::{ApiMode, Scope},
    projects::Project,
    rum::{Figures, FiguresQuery, Health, PageViewPlace, PageViewRecord, TimeRange},
};

use super::fixtures;
use crate::{Engine, Error, Result, projects, rum};

/// Entries of a list's page.
pub const PAGE: u16 = 50;

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// At most [`PAGE`].
    pub entries: Vec<T>,
    /// Whether there are more after these.
    pub more: bool,
}

/// The team's projects, the oldest first; those after `after` where it is given.
pub async fn list_projects(engine: &Engine, actor: &Actor, after: Option<ProjectId>) -> Result<Page<Project>> {
    match scoped(actor, Scope::ReadProjects)? {
        ApiMode::Test => Ok(page([fixtures::project()].into_iter().filter(|one| Some(one.id) > after).collect())),
        ApiMode::Live => Ok(page(projects::projects_after(engine, actor, after, PAGE + 1).await?)),
    }
}

pub async fn find_project(engine: &Engine, actor: &Actor, id: ProjectId) -> Result<Project> {
    match scoped(actor, Scope::ReadProjects)? {
        ApiMode::Test => fixtures::known(id).map(|()| fixtures::project()),
        ApiMode::Live => projects::listed_project(engine, actor, id).await,
    }
}

/// One vital over a range.
pub async fn vitals(engine: &Engine, actor: &Actor, id: ProjectId, query: &FiguresQuery) -> Result<Figures> {
    match scoped(actor, Scope::ReadVitals)? {
        ApiMode::Test => fixtures::known(id).map(|()| fixtures::vitals(&query.within_reach())),
        ApiMode::Live => rum::vitals(engine, actor, id, query).await,
    }
}

/// The newest page views of a range; those after `after` where it is given.
pub async fn page_views(
    engine: &Engine,
    actor: &Actor,
    id: ProjectId,
    range: TimeRange,
    after: Option<PageViewPlace>,
) -> Result<Page<PageViewRecord>> {
    match scoped(actor, Scope::ReadVitals)? {
        ApiMode::Test => {
            fixtures::known(id)?;
            Ok(page(fixtures::page_views(range, after)))
        }
        ApiMode::Live => Ok(page(rum::page_views(engine, actor, id, range, after, PAGE + 1).await?)),
    }
}

/// What became of the beacons of a range.
pub async fn health(engine: &Engine, actor: &Actor, id: ProjectId, range: TimeRange) -> Result<Health> {
    match scoped(actor, Scope::ReadVitals)? {
        ApiMode::Test => fixtures::known(id).map(|()| fixtures::health(range)),
        ApiMode::Live => rum::health_between(engine, actor, id, range).await,
    }
}

/// The key's mode, if its scopes hold this one: asked first, so that a key without it learns
/// nothing of which projects there are.
fn scoped(actor: &Actor, scope: Scope) -> Result<ApiMode> {
    match actor {
        Actor::Key(KeyHolder { scopes, mode, .. }) if scopes.contains(scope) => Ok(*mode),
        Actor::Key(_) => Err(Error::Forbidden),
        _ => Err(Error::Unauthenticated),
    }
}

fn page<T>(mut entries: Vec<T>) -> Page<T> {
    let more = entries.len() > usize::from(PAGE);
    entries.truncate(usize::from(PAGE));
    Page { entries, more }
}
