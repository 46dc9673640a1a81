//! The SQL of share links.

use chrono::{DateTime, Utc};
use domain::{
    ProjectId, ShareLinkId, UserId,
    accounts::{Action, Guest, Role},
    projects::{ShareLink, ShareLinkName, SharedRoom, SharedView},
};
use sqlx::PgConnection;

use super::share_link::OpenedLink;
use crate::{Error, Result};

#[derive(Debug)]
pub struct NewRow<'a> {
    pub project: ProjectId,
    pub id: ShareLinkId,
    pub made_by: UserId,
    pub hash: &'a [u8; 32],
    pub name: &'a ShareLinkName,
    pub view: &'a SharedView,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

pub async fn insert(conn: &mut PgConnection, row: NewRow<'_>) -> Result<()> {
    sqlx::query!(
        "insert into share_links (project_id, id, made_by, token_hash, name, room, search, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.project.0,
        row.id.0,
        row.made_by.0,
        row.hash,
        row.name.as_str(),
        row.view.room.as_str(),
        row.view.search,
        row.created_at,
        row.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets links of the project that ran out.
pub async fn delete_ended(conn: &mut PgConnection, project: ProjectId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("delete from share_links where project_id = $1 and expires_at <= $2", project.0, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many links the project has that did not run out, whoever made them.
pub async fn count(conn: &mut PgConnection, project: ProjectId, now: DateTime<Utc>) -> Result<u32> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from share_links
           where project_id = $1 and (expires_at is null or expires_at > $2)"#,
        project.0,
        now
    )
    .fetch_one(conn)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Those, the newest first, from the `skip`th on.
pub async fn links(
    conn: &mut PgConnection,
    project: ProjectId,
    now: DateTime<Utc>,
    skip: i64,
    most: i64,
) -> Result<Vec<ShareLink>> {
    let rows = sqlx::query!(
        r#"select share_links.id, share_links.name, room, search, share_links.created_at, share_links.expires_at,
                  users.name as made_by, members.role as "role?: Role"
           from share_links
           join projects on projects.id = share_links.project_id
           join users on users.id = share_links.made_by
           left join members on members.team_id = projects.team_id and members.user_id = share_links.made_by
           where share_links.project_id = $1 and (share_links.expires_at is null or share_links.expires_at > $2)
           order by share_links.id desc offset $3 limit $4"#,
        project.0,
        now,
        skip,
        most
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ShareLink {
                id: ShareLinkId(row.id),
                name: row.name,
                view: view(&row.room, row.search)?,
                made_by: row.made_by,
                created_at: row.created_at,
                expires_at: row.expires_at,
                is_open: row.role.is_some_and(|role| role.may(Action::ManageShareLinks)),
            })
        })
        .collect()
}

/// Takes a link away; whether there was one.
pub async fn delete(conn: &mut PgConnection, project: ProjectId, link: ShareLinkId) -> Result<bool> {
    let done = sqlx::query!("delete from share_links where project_id = $1 and id = $2", project.0, link.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// What a token opens now.
pub async fn opened(conn: &mut PgConnection, hash: &[u8; 32], now: DateTime<Utc>) -> Result<Option<OpenedLink>> {
    let row = sqlx::query!(
        r#"select share_links.id, share_links.project_id, room, search, members.role as "role: Role"
           from share_links
           join projects on projects.id = share_links.project_id
           join members on members.team_id = projects.team_id and members.user_id = share_links.made_by
           where share_links.token_hash = $1 and projects.deleted_at is null
             and (share_links.expires_at is null or share_links.expires_at > $2)"#,
        hash,
        now
    )
    .fetch_optional(conn)
    .await?;
    row.filter(|row| row.role.may(Action::ManageShareLinks))
        .map(|row| {
            let guest = Guest { link: ShareLinkId(row.id), project: ProjectId(row.project_id) };
            Ok(OpenedLink { guest, view: view(&row.room, row.search)? })
        })
        .transpose()
}

fn view(room: &str, search: String) -> Result<SharedView> {
    let room = SharedRoom::parse(room).ok_or_else(|| Error::internal(format!("a stored room is {room:?}")))?;
    Ok(SharedView { room, search })
}
