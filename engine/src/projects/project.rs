//! Making, showing, changing and deleting projects.

use domain::{
    Invalid, ProjectId, TeamId,
    accounts::{Action, Actor},
    billing::Limit,
    projects::{AllowedOrigin, Project, ProjectName},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    access::{Change, allowed, allowed_in_team},
    site_key::new_key,
    store::{self, NewProject},
};
use crate::{Engine, Error, Result, billing, reactions};

/// Most lines of a project's list of origins.
const MOST_ORIGINS: usize = 50;

/// Makes a project with one origin and a site key. `OverQuota` at the plan's limit; `Invalid`
/// names `name` or `origin`.
pub async fn create_project(engine: &Engine, actor: &Actor, team: TeamId, name: &str, origin: &str) -> Result<Project> {
    allowed_in_team(actor, team, Action::ManageProjects)?;
    let name = ProjectName::parse(name)?;
    let origin = AllowedOrigin::parse(origin)?;
    let mut tx = engine.db.begin().await?;
    let plan = billing::plan_held(engine, &mut tx, team).await?;
    if let Limit::AtMost(most) = plan.limits().projects {
        let used = store::count_projects(&mut tx, team).await?;
        if !plan.limits().projects.allows_one_more(used) {
            return Err(Error::OverQuota(format!(
                "The {} plan has room for {most} project{}, and {used} {} there. Delete one, or move to a larger plan.",
                plan.title(),
                if most == 1 { "" } else { "s" },
                if used == 1 { "is" } else { "are" },
            )));
        }
    }
    let id = insert(engine, &mut tx, NewProject { team, name: &name, public: false, purpose: None }, &[origin]).await?;
    let project = store::project(&mut tx, id, engine.now()).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(project)
}

/// Inserts a project with its origins and first key; for what has its limits checked or has none.
pub(super) async fn insert(
    engine: &Engine,
    conn: &mut PgConnection,
    new: NewProject<'_>,
    origins: &[AllowedOrigin],
) -> Result<ProjectId> {
    let (id, now) = (ProjectId(Uuid::now_v7()), engine.now());
    store::insert_project(conn, id, new, now).await?;
    store::replace_origins(conn, id, origins).await?;
    store::insert_site_key(conn, id, &new_key(), now).await?;
    Ok(id)
}

/// The projects of all teams that the actor is a member of, by name; the operator's are all.
pub async fn projects(engine: &Engine, actor: &Actor) -> Result<Vec<Project>> {
    let mut conn = engine.db.acquire().await?;
    let teams = readable_teams(actor, Action::Read)?;
    store::projects(&mut conn, teams.as_deref(), engine.now()).await
}

/// The same page by page, from the oldest on: up to `most`, those after `after` where it is
/// given. What is made meanwhile comes last.
pub async fn projects_after(
    engine: &Engine,
    actor: &Actor,
    after: Option<ProjectId>,
    most: u16,
) -> Result<Vec<Project>> {
    let teams = readable_teams(actor, Action::ReadProjects)?;
    let mut conn = engine.db.acquire().await?;
    store::projects_after(&mut conn, teams.as_deref(), after, i64::from(most), engine.now()).await
}

/// The teams in which the actor may do `action`; `None` for all there are.
fn readable_teams(actor: &Actor, action: Action) -> Result<Option<Vec<Uuid>>> {
    match actor {
        Actor::Nobody => Err(Error::Unauthenticated),
        Actor::System => Ok(None),
        Actor::Key(holder) if actor.may(action, holder.team) => Ok(Some(vec![holder.team.0])),
        Actor::Key(_) | Actor::Guest(_) => Err(Error::Forbidden),
        Actor::User(user) => Ok(Some(
            user.memberships
                .iter()
                .filter(|membership| membership.role.may(action))
                .map(|membership| membership.team.0)
                .collect(),
        )),
    }
}

/// One project. Who looks at a public one without being of its team sees no keys: the tag is not
/// for copying.
pub async fn project(engine: &Engine, actor: &Actor, id: ProjectId) -> Result<Project> {
    seen(engine, actor, id, Action::Read).await
}

/// The same for who may know of projects and of nothing more.
pub async fn listed_project(engine: &Engine, actor: &Actor, id: ProjectId) -> Result<Project> {
    seen(engine, actor, id, Action::ReadProjects).await
}

/// What a page of figures says of its project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    pub name: String,
    /// Whether who looks may make links by which others look.
    pub may_share: bool,
}

/// The same for who may read the project's figures, and perhaps nothing else of it.
pub async fn sight(engine: &Engine, actor: &Actor, id: ProjectId) -> Result<Sight> {
    let mut conn = engine.db.acquire().await?;
    let head = allowed(actor, store::head(&mut conn, id).await?, Action::ReadFieldData)?;
    Ok(Sight { may_share: actor.may(Action::ManageShareLinks, head.team), name: head.name })
}

async fn seen(engine: &Engine, actor: &Actor, id: ProjectId, action: Action) -> Result<Project> {
    let mut conn = engine.db.acquire().await?;
    let head = allowed(actor, store::head(&mut conn, id).await?, action)?;
    let mut project = store::project(&mut conn, id, engine.now()).await?.ok_or(Error::NotFound)?;
    if !actor.may(action, head.team) {
        project.site_keys.clear();
    }
    Ok(project)
}

/// Renames a project. `Invalid` names `name`.
pub async fn rename_project(engine: &Engine, actor: &Actor, id: ProjectId, name: &str) -> Result<()> {
    let mut change = Change::begin(engine, actor, id, Action::ManageProjects).await?;
    let name = ProjectName::parse(name)?;
    store::rename(&mut change.tx, id, &name).await?;
    change.finish().await
}

/// Replaces the list of origins; empty lines and repetitions are left out. `Invalid` names
/// `origins` and quotes the line.
pub async fn set_origins(engine: &Engine, actor: &Actor, id: ProjectId, origins: Vec<String>) -> Result<()> {
    let mut change = Change::begin(engine, actor, id, Action::ManageProjects).await?;
    let origins = parse_origins(&origins)?;
    store::replace_origins(&mut change.tx, id, &origins).await?;
    change.finish().await
}

/// Adds one site's address to the list of origins. `Invalid` names `origins`.
pub async fn allow_origin(engine: &Engine, actor: &Actor, id: ProjectId, origin: &str) -> Result<()> {
    let mut change = Change::begin(engine, actor, id, Action::ManageProjects).await?;
    // A visitor's browser named it: it must not stand for more than itself.
    if origin.contains('*') {
        return Err(Invalid::new("origins", "Enter the addresses of subdomains in the project's settings.").into());
    }
    let project = store::project(&mut change.tx, id, engine.now()).await?.ok_or(Error::NotFound)?;
    let mut lines: Vec<String> = project.origins.iter().map(|allowed| allowed.as_str().to_owned()).collect();
    lines.push(origin.to_owned());
    store::replace_origins(&mut change.tx, id, &parse_origins(&lines)?).await?;
    change.finish().await
}

fn parse_origins(lines: &[String]) -> Result<Vec<AllowedOrigin>, Invalid> {
    let mut origins = Vec::new();
    for line in lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        let origin = AllowedOrigin::parse(line).map_err(|refused| {
            let shown: String = line.chars().take(80).collect();
            Invalid::new("origins", format!("{shown:?} is no site's address. {}", refused.message))
        })?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
        if origins.len() > MOST_ORIGINS {
            return Err(Invalid::new(
                "origins",
                format!("Use at most {MOST_ORIGINS} origins; https://*.shop.example stands for all subdomains."),
            ));
        }
    }
    if origins.is_empty() {
        return Err(Invalid::new("origins", "Leave at least one origin: without any, every beacon is refused."));
    }
    Ok(origins)
}

/// Deletes a project: hidden and without keys at once, its data soon after, by a job. `Invalid`
/// names `name` when `typed_name` is not the project's.
pub async fn delete_project(engine: &Engine, actor: &Actor, id: ProjectId, typed_name: &str) -> Result<()> {
    let mut change = Change::begin(engine, actor, id, Action::DeleteProject).await?;
    if typed_name.trim() != change.head.name {
        return Err(Invalid::new("name", "Type the project's name exactly as it is shown to delete it.").into());
    }
    let at = engine.now();
    store::hide(&mut change.tx, id, at).await?;
    reactions::announce(&mut change.tx, reactions::Fact::ProjectDeleted { project: id, at }).await?;
    change.finish().await
}

/// Removes the last of a deleted project, its name and settings, when a job has deleted its
/// data. Nothing happens to one that is not deleted, or gone already.
pub async fn remove_deleted(conn: &mut PgConnection, id: ProjectId) -> Result<()> {
    store::remove_deleted(conn, id).await
}
