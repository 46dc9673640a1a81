//! The SQL of projects. A deleted project is as if it were not there, but for
//! [`remove_deleted`].

use chrono::{DateTime, Utc};
use domain::{
    ProjectId, TeamId,
    projects::{AllowedOrigin, Project, ProjectName, SiteKey, SiteKeyInUse, Template, Templates},
};
use sqlx::{PgConnection, postgres::PgListener};
use uuid::Uuid;

use crate::{Error, Result};

/// What must be known of a project to judge who may touch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub id: ProjectId,
    pub team: TeamId,
    pub name: String,
    pub public: bool,
}

/// What no person made a project for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Measuring PerfAlly's own pages.
    Internal,
    /// Showing what PerfAlly does to anybody.
    Demo,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Demo => "demo",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct NewProject<'a> {
    pub team: TeamId,
    pub name: &'a ProjectName,
    pub public: bool,
    pub purpose: Option<Purpose>,
}

/// What the gate must know of a key.
#[derive(Debug)]
pub struct KeyHolder {
    pub project: ProjectId,
    pub team: TeamId,
    /// The end of the key's grace, if it is not the current one.
    pub expires_at: Option<DateTime<Utc>>,
    pub origins: Vec<AllowedOrigin>,
    pub templates: Templates,
}

pub async fn head(conn: &mut PgConnection, id: ProjectId) -> Result<Option<Head>> {
    let row = sqlx::query!("select team_id, name, public from projects where id = $1 and deleted_at is null", id.0)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(|row| Head { id, team: TeamId(row.team_id), name: row.name, public: row.public }))
}

/// The same, holding the project against other changes until the transaction ends.
pub async fn head_held(conn: &mut PgConnection, id: ProjectId) -> Result<Option<Head>> {
    let row = sqlx::query!(
        "select team_id, name, public from projects where id = $1 and deleted_at is null for no key update",
        id.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Head { id, team: TeamId(row.team_id), name: row.name, public: row.public }))
}

/// How many projects of the team count against its plan.
pub async fn count_projects(conn: &mut PgConnection, team: TeamId) -> Result<u64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from projects where team_id = $1 and deleted_at is null"#,
        team.0
    )
    .fetch_one(conn)
    .await?;
    Ok(count.unsigned_abs())
}

pub async fn insert_project(
    conn: &mut PgConnection,
    id: ProjectId,
    new: NewProject<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into projects (id, team_id, name, public, purpose, created_at) values ($1, $2, $3, $4, $5, $6)",
        id.0,
        new.team.0,
        new.name.as_str(),
        new.public,
        new.purpose.map(Purpose::as_str),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn project_with_purpose(conn: &mut PgConnection, purpose: Purpose) -> Result<Option<ProjectId>> {
    let id = sqlx::query_scalar!("select id from projects where purpose = $1 and deleted_at is null", purpose.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(id.map(ProjectId))
}

pub async fn rename(conn: &mut PgConnection, id: ProjectId, name: &ProjectName) -> Result<()> {
    sqlx::query!("update projects set name = $2 where id = $1", id.0, name.as_str()).execute(conn).await?;
    Ok(())
}

/// Marks the project as deleted and takes its keys away. Its purpose becomes free for another.
pub async fn hide(conn: &mut PgConnection, id: ProjectId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("update projects set deleted_at = $2, purpose = null where id = $1", id.0, at)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from site_keys where project_id = $1", id.0).execute(conn).await?;
    Ok(())
}

/// Removes a deleted project, with all that refers to it.
pub async fn remove_deleted(conn: &mut PgConnection, id: ProjectId) -> Result<()> {
    sqlx::query!("delete from projects where id = $1 and deleted_at is not null", id.0).execute(conn).await?;
    Ok(())
}

pub async fn replace_origins(conn: &mut PgConnection, id: ProjectId, origins: &[AllowedOrigin]) -> Result<()> {
    let lines: Vec<_> = origins.iter().map(|origin| origin.as_str().to_owned()).collect();
    sqlx::query!("delete from project_origins where project_id = $1", id.0).execute(&mut *conn).await?;
    sqlx::query!(
        "insert into project_origins (project_id, origin) select $1, origin from unnest($2::text[]) as origin",
        id.0,
        &lines
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_site_key(conn: &mut PgConnection, id: ProjectId, key: &SiteKey, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("insert into site_keys (project_id, key, created_at) values ($1, $2, $3)", id.0, key.as_str(), now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Lets every key end at `at`, or earlier if it was to.
pub async fn end_site_keys(conn: &mut PgConnection, id: ProjectId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("update site_keys set expires_at = least(expires_at, $2) where project_id = $1", id.0, at)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn delete_dead_site_keys(conn: &mut PgConnection, id: ProjectId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("delete from site_keys where project_id = $1 and expires_at <= $2", id.0, now).execute(conn).await?;
    Ok(())
}

pub async fn delete_site_key(conn: &mut PgConnection, id: ProjectId, key: &SiteKey) -> Result<()> {
    sqlx::query!("delete from site_keys where project_id = $1 and key = $2", id.0, key.as_str()).execute(conn).await?;
    Ok(())
}

/// The keys that are valid, the newest first.
pub async fn site_keys(conn: &mut PgConnection, id: ProjectId, now: DateTime<Utc>) -> Result<Vec<SiteKeyInUse>> {
    let rows = sqlx::query!(
        "select key, created_at, expires_at from site_keys
         where project_id = $1 and (expires_at is null or expires_at > $2)
         order by expires_at desc nulls first, created_at desc",
        id.0,
        now
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SiteKeyInUse {
                key: stored(SiteKey::parse(&row.key))?,
                created_at: row.created_at,
                expires_at: row.expires_at,
            })
        })
        .collect()
}

/// One project, as pages show it.
pub async fn project(conn: &mut PgConnection, id: ProjectId, now: DateTime<Utc>) -> Result<Option<Project>> {
    let row = sqlx::query!(
        r#"select team_id, name, public, created_at,
                  array(select origin from project_origins where project_id = projects.id order by origin) as "origins!"
           from projects where id = $1 and deleted_at is null"#,
        id.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Project {
        id,
        team: TeamId(row.team_id),
        name: row.name,
        created_at: row.created_at,
        public: row.public,
        origins: stored_origins(&row.origins)?,
        site_keys: site_keys(conn, id, now).await?,
    }))
}

/// The projects of these teams, or of all, by name.
pub async fn projects(conn: &mut PgConnection, teams: Option<&[Uuid]>, now: DateTime<Utc>) -> Result<Vec<Project>> {
    let rows = sqlx::query!(
        r#"select id, team_id, name, public, created_at,
                  array(select origin from project_origins where project_id = projects.id order by origin) as "origins!"
           from projects where ($1::uuid[] is null or team_id = any($1)) and deleted_at is null
           order by lower(name), id"#,
        teams
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut projects = Vec::with_capacity(rows.len());
    for row in rows {
        projects.push(Project {
            id: ProjectId(row.id),
            team: TeamId(row.team_id),
            name: row.name,
            created_at: row.created_at,
            public: row.public,
            origins: stored_origins(&row.origins)?,
            site_keys: Vec::new(),
        });
    }
    with_site_keys(conn, projects, now).await
}

/// Up to `most` projects of these teams, or of all, from the oldest on; those after `after` where
/// it is given.
pub async fn projects_after(
    conn: &mut PgConnection,
    teams: Option<&[Uuid]>,
    after: Option<ProjectId>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Project>> {
    // Ids are of version 7: their order is that of making.
    let rows = sqlx::query!(
        r#"select id, team_id, name, public, created_at,
                  array(select origin from project_origins where project_id = projects.id order by origin) as "origins!"
           from projects
           where ($1::uuid[] is null or team_id = any($1)) and deleted_at is null and ($2::uuid is null or id > $2)
           order by id limit $3"#,
        teams,
        after.map(|id| id.0),
        most
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut projects = Vec::with_capacity(rows.len());
    for row in rows {
        projects.push(Project {
            id: ProjectId(row.id),
            team: TeamId(row.team_id),
            name: row.name,
            created_at: row.created_at,
            public: row.public,
            origins: stored_origins(&row.origins)?,
            site_keys: Vec::new(),
        });
    }
    with_site_keys(conn, projects, now).await
}

/// The same projects with the keys that are valid, the newest first.
async fn with_site_keys(
    conn: &mut PgConnection,
    mut projects: Vec<Project>,
    now: DateTime<Utc>,
) -> Result<Vec<Project>> {
    let ids: Vec<_> = projects.iter().map(|project| project.id.0).collect();
    let keys = sqlx::query!(
        "select project_id, key, created_at, expires_at from site_keys
         where project_id = any($1) and (expires_at is null or expires_at > $2)
         order by expires_at desc nulls first, created_at desc",
        &ids,
        now
    )
    .fetch_all(conn)
    .await?;
    let places: std::collections::HashMap<_, _> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    for row in keys {
        let in_use = SiteKeyInUse {
            key: stored(SiteKey::parse(&row.key))?,
            created_at: row.created_at,
            expires_at: row.expires_at,
        };
        if let Some(&place) = places.get(&row.project_id) {
            projects[place].site_keys.push(in_use);
        }
    }
    Ok(projects)
}

/// Whose a key is. Ended keys are found too: whether a grace is over is a question of now.
pub async fn key_holder(conn: &mut PgConnection, key: &SiteKey) -> Result<Option<KeyHolder>> {
    let row = sqlx::query!(
        r#"select site_keys.project_id, site_keys.expires_at, projects.team_id,
                  array(select origin from project_origins where project_id = projects.id order by origin) as "origins!",
                  array(select template from page_group_templates
                        where project_id = projects.id and source = 'user' order by template) as "written!",
                  array(select template from page_group_templates
                        where project_id = projects.id and source = 'learnt' order by template) as "learnt!"
           from site_keys join projects on projects.id = site_keys.project_id
           where site_keys.key = $1 and projects.deleted_at is null"#,
        key.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(KeyHolder {
            project: ProjectId(row.project_id),
            team: TeamId(row.team_id),
            expires_at: row.expires_at,
            origins: stored_origins(&row.origins)?,
            templates: Templates { user: stored_templates(&row.written)?, learnt: stored_templates(&row.learnt)? },
        })
    })
    .transpose()
}

pub async fn templates(conn: &mut PgConnection, id: ProjectId) -> Result<Templates> {
    let rows =
        sqlx::query!("select template, source from page_group_templates where project_id = $1 order by template", id.0)
            .fetch_all(conn)
            .await?;
    let mut templates = Templates::default();
    for row in rows {
        let list = if row.source == "user" { &mut templates.user } else { &mut templates.learnt };
        list.push(stored(Template::read(&row.template))?);
    }
    Ok(templates)
}

/// Replaces the team's own templates. One that was learnt too becomes the team's.
pub async fn replace_user_templates(
    conn: &mut PgConnection,
    id: ProjectId,
    templates: &[Template],
    now: DateTime<Utc>,
) -> Result<()> {
    let lines: Vec<_> = templates.iter().map(|template| template.as_str().to_owned()).collect();
    sqlx::query!(
        "delete from page_group_templates where project_id = $1 and source = 'user' and template <> all($2)",
        id.0,
        &lines
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into page_group_templates (project_id, template, source, created_at)
         select $1, template, 'user', $3 from unnest($2::text[]) as template
         on conflict (project_id, template) do update set source = 'user'",
        id.0,
        &lines,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces the learnt templates. One that the team wrote stays the team's.
pub async fn replace_learnt_templates(
    conn: &mut PgConnection,
    id: ProjectId,
    templates: &[Template],
    now: DateTime<Utc>,
) -> Result<()> {
    let lines: Vec<_> = templates.iter().map(|template| template.as_str().to_owned()).collect();
    sqlx::query!(
        "delete from page_group_templates where project_id = $1 and source = 'learnt' and template <> all($2)",
        id.0,
        &lines
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into page_group_templates (project_id, template, source, created_at)
         select $1, template, 'learnt', $3 from unnest($2::text[]) as template
         on conflict (project_id, template) do nothing",
        id.0,
        &lines,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where changes of projects are told; the payload is the project's id.
pub const CHANNEL: &str = "sites";

/// Tells the gates of all replicas, once the transaction commits, to forget the project.
pub async fn notify_gates(conn: &mut PgConnection, id: ProjectId) -> Result<()> {
    sqlx::query!("select pg_notify($1, $2)", CHANNEL, id.to_string()).execute(conn).await?;
    Ok(())
}

/// Whether the listener's connection still answers.
pub async fn ask(listener: &mut PgListener) -> sqlx::Result<()> {
    sqlx::query("select 1").execute(listener).await.map(drop)
}

/// What the database holds was parsed on its way in.
fn stored<T>(parsed: Result<T, domain::Invalid>) -> Result<T> {
    parsed.map_err(|refused| Error::internal(format!("a stored value is refused: {refused}")))
}

fn stored_origins(lines: &[String]) -> Result<Vec<AllowedOrigin>> {
    lines.iter().map(|line| stored(AllowedOrigin::parse(line))).collect()
}

fn stored_templates(lines: &[String]) -> Result<Vec<Template>> {
    lines.iter().map(|line| stored(Template::read(line))).collect()
}
