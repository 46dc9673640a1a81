//! The SQL of API keys and of their requests.

use chrono::{DateTime, Utc};
use domain::{
    ApiKeyId, TeamId, UserId,
    accounts::{KeyHolder, Role},
    integrations::{ApiKeyHint, ApiKeyName, ApiKeySummary, ApiMode, Scopes},
};
use sqlx::PgConnection;

use crate::{Error, Result};

/// A key to be stored.
pub struct NewRow<'a> {
    pub id: ApiKeyId,
    pub team: TeamId,
    pub made_by: UserId,
    pub hash: &'a [u8; 32],
    pub hint: &'a ApiKeyHint,
    pub name: &'a ApiKeyName,
    pub scopes: &'a Scopes,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
}

pub async fn insert(conn: &mut PgConnection, new: NewRow<'_>) -> Result<()> {
    let scopes: Vec<String> = new.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    sqlx::query!(
        "insert into api_keys
             (team_id, id, made_by, key_hash, mode, key_start, key_end, name, scopes, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.team.0,
        new.id.0,
        new.made_by.0,
        new.hash.as_slice(),
        new.hint.mode.as_str(),
        new.hint.start,
        new.hint.end,
        new.name.as_str(),
        &scopes,
        new.created_at,
        new.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many keys of a team open something.
pub async fn count_open(conn: &mut PgConnection, team: TeamId, now: DateTime<Utc>) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from api_keys
           where team_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)"#,
        team.0,
        now
    )
    .fetch_one(conn)
    .await?)
}

/// The keys of a team that were not revoked before `revoked_since`, the newest first.
pub async fn of_team(
    conn: &mut PgConnection,
    team: TeamId,
    revoked_since: DateTime<Utc>,
) -> Result<Vec<ApiKeySummary>> {
    let rows = sqlx::query!(
        "select api_keys.id, mode, key_start, key_end, api_keys.name, scopes, users.name as made_by,
                api_keys.created_at, expires_at, last_used_at, revoked_at
         from api_keys join users on users.id = api_keys.made_by
         where team_id = $1 and (revoked_at is null or revoked_at >= $2)
         order by api_keys.created_at desc, api_keys.id desc",
        team.0,
        revoked_since
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ApiKeySummary {
                id: ApiKeyId(row.id),
                team,
                name: row.name,
                hint: ApiKeyHint { mode: stored_mode(&row.mode)?, start: row.key_start, end: row.key_end },
                scopes: stored_scopes(&row.scopes)?,
                made_by: row.made_by,
                created_at: row.created_at,
                expires_at: row.expires_at,
                last_used_at: row.last_used_at,
                revoked_at: row.revoked_at,
            })
        })
        .collect()
}

/// Ends an open key; false where there is none such.
pub async fn revoke(conn: &mut PgConnection, team: TeamId, key: ApiKeyId, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query!(
        "update api_keys set revoked_at = $3 where team_id = $1 and id = $2 and revoked_at is null",
        team.0,
        key.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Who holds an open key, and when it was used last. The role is that of who made the key, as it
/// is now.
pub async fn holder(
    conn: &mut PgConnection,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<(KeyHolder, Option<DateTime<Utc>>)>> {
    let row = sqlx::query!(
        r#"select api_keys.team_id, id, mode, scopes, last_used_at, members.role as "role: Role"
           from api_keys join members on members.team_id = api_keys.team_id and members.user_id = api_keys.made_by
           where key_hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)"#,
        hash.as_slice(),
        now
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let holder = KeyHolder {
            key: ApiKeyId(row.id),
            team: TeamId(row.team_id),
            mode: stored_mode(&row.mode)?,
            scopes: stored_scopes(&row.scopes)?,
            role: row.role,
        };
        Ok((holder, row.last_used_at))
    })
    .transpose()
}

pub async fn touch(conn: &mut PgConnection, team: TeamId, key: ApiKeyId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update api_keys set last_used_at = greatest(last_used_at, $3) where team_id = $1 and id = $2",
        team.0,
        key.0,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts a request in an hour that has room; tells how many there were with this one, or `None`
/// where `most` were there already. One statement on one row: however many replicas ask at once,
/// not one too many is let through.
pub async fn count_request(
    conn: &mut PgConnection,
    team: TeamId,
    hour: DateTime<Utc>,
    most: i32,
) -> Result<Option<i32>> {
    Ok(sqlx::query_scalar!(
        "insert into api_requests (team_id, hour, count) values ($1, $2, 1)
         on conflict (team_id) do update
         set count = case when api_requests.hour >= excluded.hour then api_requests.count + 1 else 1 end,
             hour = greatest(api_requests.hour, excluded.hour)
         where api_requests.hour < excluded.hour or api_requests.count < $3
         returning count",
        team.0,
        hour,
        most
    )
    .fetch_optional(conn)
    .await?)
}

/// Deletes keys that ended before `before`; tells how many.
pub async fn delete_ended(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let done =
        sqlx::query!("delete from api_keys where revoked_at < $1 or expires_at < $1", before).execute(conn).await?;
    Ok(done.rows_affected())
}

/// What the database holds was parsed on its way in.
fn stored_mode(word: &str) -> Result<ApiMode> {
    ApiMode::parse(word).ok_or_else(|| Error::internal("an API key of an unknown mode"))
}

fn stored_scopes(words: &[String]) -> Result<Scopes> {
    Scopes::parse(words.iter().map(String::as_str)).map_err(Error::internal)
}
