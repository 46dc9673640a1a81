//! The SQL of sessions.

use chrono::{DateTime, Utc};
use domain::UserId;
use serde_json::Value;
use sqlx::PgConnection;

use crate::Result;

/// A session as the table has it.
#[derive(Debug)]
pub(super) struct SessionRow {
    pub id_hash: Vec<u8>,
    pub data: Value,
    pub browser: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// `false`: the id is taken.
pub(super) async fn insert(
    connection: &mut PgConnection,
    id_hash: &[u8; 32],
    user: Option<UserId>,
    data: &Value,
    browser: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into sessions (id_hash, user_id, data, browser, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $5, $6)
         on conflict (id_hash) do nothing",
        id_hash,
        user.map(|user| user.0),
        data,
        browser,
        now,
        expires_at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn find(
    connection: &mut PgConnection,
    id_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<SessionRow>> {
    Ok(sqlx::query_as!(
        SessionRow,
        "select id_hash, data, browser, created_at, last_seen_at, expires_at
         from sessions where id_hash = $1 and expires_at > $2",
        id_hash,
        now,
    )
    .fetch_optional(connection)
    .await?)
}

/// Notes that a session was used and moves its end on. Never brings one back.
pub(super) async fn touch(
    connection: &mut PgConnection,
    id_hash: &[u8; 32],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update sessions set last_seen_at = greatest(last_seen_at, $2), expires_at = greatest(expires_at, $3)
         where id_hash = $1",
        id_hash,
        now,
        expires_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes a session that is there. Never brings one back.
pub(super) async fn update(
    connection: &mut PgConnection,
    id_hash: &[u8; 32],
    user: Option<UserId>,
    data: &Value,
    browser: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update sessions
         set user_id = $2, data = $3, browser = $4, last_seen_at = greatest(last_seen_at, $5), expires_at = $6
         where id_hash = $1",
        id_hash,
        user.map(|user| user.0),
        data,
        browser,
        now,
        expires_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete(connection: &mut PgConnection, id_hash: &[u8; 32]) -> Result<()> {
    sqlx::query!("delete from sessions where id_hash = $1", id_hash).execute(connection).await?;
    Ok(())
}

/// A person's sessions, the last used first.
pub(super) async fn of_user(
    connection: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<SessionRow>> {
    Ok(sqlx::query_as!(
        SessionRow,
        "select id_hash, data, browser, created_at, last_seen_at, expires_at
         from sessions where user_id = $1 and expires_at > $2
         order by last_seen_at desc, created_at desc",
        user.0,
        now,
    )
    .fetch_all(connection)
    .await?)
}

/// `false`: the person has no such session.
pub(super) async fn delete_of_user(connection: &mut PgConnection, user: UserId, id_hash: &[u8; 32]) -> Result<bool> {
    let deleted = sqlx::query!("delete from sessions where user_id = $1 and id_hash = $2", user.0, id_hash)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Signs a person out everywhere, but for `keep`.
pub(super) async fn delete_others(connection: &mut PgConnection, user: UserId, keep: Option<&[u8; 32]>) -> Result<()> {
    sqlx::query!(
        "delete from sessions where user_id = $1 and ($2::bytea is null or id_hash <> $2)",
        user.0,
        keep.map(|hash| &hash[..]),
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete_expired(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    Ok(sqlx::query!("delete from sessions where expires_at <= $1", now).execute(connection).await?.rows_affected())
}
