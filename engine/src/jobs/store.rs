//! The SQL of the queue.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Error, Result};

/// A job as its holder has it.
#[derive(Debug, Clone)]
pub(super) struct ClaimedRow {
    pub id: Uuid,
    pub kind: String,
    pub payload: Value,
    /// This run included.
    pub attempts: i32,
}

/// How much waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Due and held by nobody.
    pub due: i64,
    /// Used up their attempts.
    pub failed: i64,
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    kind: &str,
    payload: &Value,
    dedupe: Option<&str>,
    run_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into jobs (id, kind, payload, dedupe_key, run_at, created_at)
         values ($1, $2, $3, $4, $5, now())
         on conflict (kind, dedupe_key)
             where dedupe_key is not null and failed_at is null and lease_token is null
         do nothing",
        Uuid::now_v7(),
        kind,
        payload,
        dedupe,
        run_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes up to `limit` due jobs until `leased_until`, the longest due first. An attempt counts
/// from here, so that a job that kills its worker does not come back for ever.
pub(super) async fn claim(
    connection: &mut PgConnection,
    kinds: &[String],
    token: Uuid,
    now: DateTime<Utc>,
    leased_until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ClaimedRow>> {
    // No lease is twice as long as ours: it is of a clock that was ahead.
    let ahead = leased_until + (leased_until - now);
    Ok(sqlx::query_as!(
        ClaimedRow,
        "with due as (
             select id from jobs
             where failed_at is null
               and run_at <= $1
               and (leased_until is null or leased_until <= $1 or leased_until > $6)
               and kind = any($2)
             order by run_at
             limit $3
             for update skip locked
         )
         update jobs
         set lease_token = $4, leased_until = $5, attempts = attempts + 1
         from due
         where jobs.id = due.id
         returning jobs.id, jobs.kind, jobs.payload, jobs.attempts",
        now,
        kinds,
        limit,
        token,
        leased_until,
        ahead,
    )
    .fetch_all(connection)
    .await?)
}

/// `false`: somebody else has the job now.
pub(super) async fn renew(
    connection: &mut PgConnection,
    id: Uuid,
    token: Uuid,
    leased_until: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "update jobs set leased_until = $3 where id = $1 and lease_token = $2 and failed_at is null",
        id,
        token,
        leased_until,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a finished job. `false`: somebody else has it now.
pub(super) async fn finish(connection: &mut PgConnection, id: Uuid, token: Uuid) -> Result<bool> {
    let done =
        sqlx::query!("delete from jobs where id = $1 and lease_token = $2", id, token).execute(connection).await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a job back for another attempt. Where a job of the same key waits already, that one
/// does the work. `false`: somebody else has it now.
pub(super) async fn put_back(
    connection: &mut PgConnection,
    id: Uuid,
    token: Uuid,
    run_at: DateTime<Utc>,
    last_error: &str,
) -> Result<bool> {
    let put_back = sqlx::query!(
        "update jobs
         set lease_token = null, leased_until = null, run_at = $3, last_error = $4
         where id = $1 and lease_token = $2 and failed_at is null",
        id,
        token,
        run_at,
        last_error,
    )
    .execute(&mut *connection)
    .await;
    match put_back {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => finish(connection, id, token).await,
        Err(error) => Err(Error::from(error)),
    }
}

/// Gives a job back at once, as if it had not been claimed. Where a job of the same key waits
/// already, that one does the work.
pub(super) async fn hand_back(connection: &mut PgConnection, id: Uuid, token: Uuid) -> Result<()> {
    let handed_back = sqlx::query!(
        "update jobs
         set lease_token = null, leased_until = null, attempts = attempts - 1
         where id = $1 and lease_token = $2 and failed_at is null",
        id,
        token,
    )
    .execute(&mut *connection)
    .await;
    match handed_back {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            finish(connection, id, token).await.map(drop)
        }
        Err(error) => Err(Error::from(error)),
    }
}

/// Keeps a job as failed. `false`: somebody else has it now.
pub(super) async fn fail(
    connection: &mut PgConnection,
    id: Uuid,
    token: Uuid,
    now: DateTime<Utc>,
    last_error: &str,
) -> Result<bool> {
    let done = sqlx::query!(
        "update jobs
         set failed_at = $3, last_error = $4, lease_token = null, leased_until = null
         where id = $1 and lease_token = $2 and failed_at is null",
        id,
        token,
        now,
        last_error,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// `true` for the one replica that gets to a slot of a periodic job first. A slot after `ahead` does not count as taken.
pub(super) async fn take_slot(
    connection: &mut PgConnection,
    kind: &str,
    slot: DateTime<Utc>,
    ahead: DateTime<Utc>,
) -> Result<bool> {
    let taken = sqlx::query!(
        "insert into job_slots (kind, slot) values ($1, $2)
         on conflict (kind) do update set slot = excluded.slot
             where job_slots.slot < excluded.slot or job_slots.slot > $3",
        kind,
        slot,
        ahead,
    )
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Whether a job of this key waits or runs.
pub(super) async fn is_unfinished(connection: &mut PgConnection, kind: &str, dedupe: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from jobs where kind = $1 and dedupe_key = $2 and failed_at is null
           ) as "exists!""#,
        kind,
        dedupe,
    )
    .fetch_one(connection)
    .await?)
}

pub(super) async fn depth(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Depth> {
    Ok(sqlx::query_as!(
        Depth,
        r#"select
               count(*) filter (
                   where failed_at is null and run_at <= $1 and (leased_until is null or leased_until <= $1)
               ) as "due!",
               count(*) filter (where failed_at is not null) as "failed!"
           from jobs"#,
        now,
    )
    .fetch_one(connection)
    .await?)
}

/// Forgets jobs that failed before `before`; tells how many.
pub(super) async fn delete_failed(connection: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    Ok(sqlx::query!("delete from jobs where failed_at < $1", before).execute(connection).await?.rows_affected())
}

/// The kinds of all jobs that are not done, failed ones included; for tests.
#[cfg(any(test, feature = "testing"))]
pub(crate) async fn kinds_in_queue(connection: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("select kind from jobs order by run_at, id").fetch_all(connection).await?)
}
