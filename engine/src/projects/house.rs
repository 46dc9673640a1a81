//! Projects that no person made on a page: PerfAlly's own, the demo, and the operator's.

use domain::{
    ProjectId,
    accounts::Actor,
    projects::{AllowedOrigin, Project, ProjectName},
};
use sqlx::PgConnection;

use super::{
    project::{create_project, insert},
    store::{self, NewProject, Purpose},
};
use crate::{Engine, Error, Result, accounts, billing};

/// The project that measures PerfAlly's own pages, made at the first call. It belongs to the
/// house team; its origin follows `PUBLIC_URL`.
pub async fn ensure_internal_project(engine: &Engine) -> Result<Project> {
    ensure(engine, Purpose::Internal, "PerfAlly", engine.config.public_url.as_str()).await
}

/// The demo, which anybody may look at, made at the first call.
pub async fn ensure_demo_project(engine: &Engine) -> Result<Project> {
    ensure(engine, Purpose::Demo, "Demo shop", "https://shop.example").await
}

/// The demo, if it was made.
pub async fn demo_project(engine: &Engine) -> Result<Option<Project>> {
    find(engine, Purpose::Demo).await
}

/// Whether a project is the demo or PerfAlly's own.
pub async fn is_house(conn: &mut PgConnection, id: ProjectId) -> Result<bool> {
    for purpose in [Purpose::Demo, Purpose::Internal] {
        if store::project_with_purpose(&mut *conn, purpose).await? == Some(id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The project that measures PerfAlly's own pages, if it was made.
pub async fn internal_project(engine: &Engine) -> Result<Option<Project>> {
    find(engine, Purpose::Internal).await
}

async fn find(engine: &Engine, purpose: Purpose) -> Result<Option<Project>> {
    let mut conn = engine.db.acquire().await?;
    let Some(id) = store::project_with_purpose(&mut conn, purpose).await? else { return Ok(None) };
    store::project(&mut conn, id, engine.now()).await
}

async fn ensure(engine: &Engine, purpose: Purpose, name: &str, origin: &str) -> Result<Project> {
    let origin = AllowedOrigin::parse(origin)?;
    let mut tx = engine.db.begin().await?;
    let team = accounts::house_team(&mut tx, engine.now()).await?;
    // Two replicas that start together make one project: the second waits here for the first.
    billing::plan_held(engine, &mut tx, team).await?;
    let id: ProjectId = match store::project_with_purpose(&mut tx, purpose).await? {
        Some(id) => id,
        None => {
            let new = NewProject {
                team,
                name: &ProjectName::parse(name)?,
                public: purpose == Purpose::Demo,
                purpose: Some(purpose),
            };
            insert(engine, &mut tx, new, std::slice::from_ref(&origin)).await?
        }
    };
    let project = store::project(&mut tx, id, engine.now()).await?.ok_or(Error::NotFound)?;
    let moved = project.origins != [origin.clone()];
    if moved {
        store::replace_origins(&mut tx, id, std::slice::from_ref(&origin)).await?;
        store::notify_gates(&mut tx, id).await?;
    }
    tx.commit().await?;
    if moved {
        engine.site_keys.forget(id);
    }
    Ok(Project { origins: vec![origin], ..project })
}

/// Makes a project in the personal team of `owner_email`, within its plan; for the operator.
/// `NotFound` when nobody has that address.
pub async fn add_project(
    engine: &Engine,
    actor: &Actor,
    owner_email: &str,
    name: &str,
    origin: &str,
) -> Result<Project> {
    billing::operator_only(actor)?;
    let team = accounts::personal_team(engine, actor, owner_email).await?;
    create_project(engine, actor, team, name, origin).await
}
