//! The SQL of people, teams, links and counted tries. Sessions are in `session_store`.

use chrono::{DateTime, Utc};
use domain::{
    TeamId, UserId,
    accounts::{Email, Membership, Role, TokenPurpose},
};
use sqlx::PgConnection;

use crate::Result;

/// A person as the table has it.
#[derive(Debug)]
pub(super) struct UserRow {
    pub id: UserId,
    pub email: Email,
    pub email_verified_at: Option<DateTime<Utc>>,
    pub name: String,
    pub time_zone: String,
    pub password_hash: String,
    pub password_changed_at: DateTime<Utc>,
}

/// What a link stands for.
#[derive(Debug)]
pub(super) struct TokenRow {
    pub purpose: TokenPurpose,
    pub user_id: UserId,
    pub email: Email,
}

/// A person to be.
pub(super) struct NewUser<'a> {
    pub id: UserId,
    pub email: &'a Email,
    pub email_verified_at: Option<DateTime<Utc>>,
    pub name: &'a str,
    pub time_zone: &'a str,
    pub password_hash: &'a str,
    pub now: DateTime<Utc>,
}

/// `false`: the address has an account.
pub(super) async fn insert_user(connection: &mut PgConnection, user: &NewUser<'_>) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into users
             (id, email, email_verified_at, name, time_zone, password_hash, password_changed_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)
         on conflict (email) do nothing",
        user.id.0,
        user.email.as_str(),
        user.email_verified_at,
        user.name,
        user.time_zone,
        user.password_hash,
        user.now,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn insert_personal_team(
    connection: &mut PgConnection,
    team: TeamId,
    owner: UserId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "with team as (
             insert into teams (id, name, personal_owner, created_at) values ($1, $2, $3, $4) returning id
         )
         insert into members (team_id, user_id, role, created_at) select id, $3, 'owner', $4 from team",
        team.0,
        name,
        owner.0,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a team that nobody is a member of, unless it is there.
pub(super) async fn insert_house_team(
    connection: &mut PgConnection,
    team: TeamId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into teams (id, name, created_at) values ($1, $2, $3) on conflict (id) do nothing",
        team.0,
        name,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets whoever has this address look at all that the team has; changes nothing for a member.
pub(super) async fn insert_viewer(
    connection: &mut PgConnection,
    team: TeamId,
    email: &Email,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into members (team_id, user_id, role, created_at)
         select $1, id, 'viewer', $3 from users where email = $2
         on conflict do nothing",
        team.0,
        email.as_str(),
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn personal_team(connection: &mut PgConnection, email: &Email) -> Result<Option<TeamId>> {
    Ok(sqlx::query_scalar!(
        r#"select teams.id as "id: TeamId"
           from teams join users on users.id = teams.personal_owner
           where users.email = $1"#,
        email.as_str(),
    )
    .fetch_optional(connection)
    .await?)
}

pub(super) async fn owners(connection: &mut PgConnection, team: TeamId) -> Result<Vec<Email>> {
    Ok(sqlx::query_scalar!(
        r#"select users.email as "email: Email"
           from members join users on users.id = members.user_id
           where members.team_id = $1 and members.role = 'owner' and users.email_verified_at is not null
           order by users.id"#,
        team.0,
    )
    .fetch_all(connection)
    .await?)
}

pub(super) async fn user(connection: &mut PgConnection, id: UserId) -> Result<Option<UserRow>> {
    Ok(sqlx::query_as!(
        UserRow,
        r#"select id as "id: UserId", email as "email: Email", email_verified_at, name, time_zone,
                  password_hash, password_changed_at
           from users where id = $1"#,
        id.0,
    )
    .fetch_optional(connection)
    .await?)
}

pub(super) async fn user_of_email(connection: &mut PgConnection, email: &Email) -> Result<Option<UserRow>> {
    Ok(sqlx::query_as!(
        UserRow,
        r#"select id as "id: UserId", email as "email: Email", email_verified_at, name, time_zone,
                  password_hash, password_changed_at
           from users where email = $1"#,
        email.as_str(),
    )
    .fetch_optional(connection)
    .await?)
}

/// A person's teams, the personal one first.
pub(super) async fn memberships(connection: &mut PgConnection, user: UserId) -> Result<Vec<Membership>> {
    Ok(sqlx::query_as!(
        Membership,
        r#"select teams.id as "team: TeamId", teams.name as team_name, members.role as "role: Role",
                  coalesce(teams.personal_owner = members.user_id, false) as "personal!"
           from members join teams on teams.id = members.team_id
           where members.user_id = $1
           order by 4 desc, teams.name, teams.id"#,
        user.0,
    )
    .fetch_all(connection)
    .await?)
}

pub(super) async fn update_profile(
    connection: &mut PgConnection,
    user: UserId,
    name: &str,
    time_zone: &str,
) -> Result<()> {
    sqlx::query!("update users set name = $2, time_zone = $3 where id = $1", user.0, name, time_zone)
        .execute(connection)
        .await?;
    Ok(())
}

/// `false`: it was changed meanwhile, and what was checked against is not the password any more.
pub(super) async fn change_password(
    connection: &mut PgConnection,
    user: UserId,
    from_hash: &str,
    to_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update users set password_hash = $3, password_changed_at = $4 where id = $1 and password_hash = $2",
        user.0,
        from_hash,
        to_hash,
        now,
    )
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Sets the password of whoever read a mail to `email`, which shows that the address is theirs.
/// `false`: it is not the account's any more.
pub(super) async fn reset_password(
    connection: &mut PgConnection,
    user: UserId,
    email: &Email,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update users
         set password_hash = $3, password_changed_at = $4, email_verified_at = coalesce(email_verified_at, $4)
         where id = $1 and email = $2",
        user.0,
        email.as_str(),
        hash,
        now,
    )
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// `false`: it is not the account's address any more.
pub(super) async fn verify_email(
    connection: &mut PgConnection,
    user: UserId,
    email: &Email,
    now: DateTime<Utc>,
) -> Result<bool> {
    let verified = sqlx::query!(
        "update users set email_verified_at = coalesce(email_verified_at, $3) where id = $1 and email = $2",
        user.0,
        email.as_str(),
        now,
    )
    .execute(connection)
    .await?;
    Ok(verified.rows_affected() == 1)
}

/// Makes a confirmed address the account's. `None`: another account has it.
pub(super) async fn change_email(
    connection: &mut PgConnection,
    user: UserId,
    to: &Email,
    now: DateTime<Utc>,
) -> Result<Option<()>> {
    let changed =
        sqlx::query!("update users set email = $2, email_verified_at = $3 where id = $1", user.0, to.as_str(), now,)
            .execute(connection)
            .await;
    match changed {
        Ok(_) => Ok(Some(())),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn insert_token(
    connection: &mut PgConnection,
    hash: &[u8; 32],
    purpose: TokenPurpose,
    user: UserId,
    email: &Email,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into mail_tokens (token_hash, purpose, user_id, email, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        hash,
        purpose.as_str(),
        user.0,
        email.as_str(),
        now,
        expires_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A link that can still be used.
pub(super) async fn token(
    connection: &mut PgConnection,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<TokenRow>> {
    Ok(sqlx::query_as!(
        TokenRow,
        r#"select purpose as "purpose: TokenPurpose", user_id as "user_id: UserId", email as "email: Email"
           from mail_tokens where token_hash = $1 and used_at is null and expires_at > $2"#,
        hash,
        now,
    )
    .fetch_optional(connection)
    .await?)
}

/// Uses a link up. Of two at the same time, one gets the row; `None` for the other.
pub(super) async fn use_token(
    connection: &mut PgConnection,
    hash: &[u8; 32],
    purposes: &[TokenPurpose],
    now: DateTime<Utc>,
) -> Result<Option<TokenRow>> {
    let purposes: Vec<String> = purposes.iter().map(|purpose| purpose.as_str().to_owned()).collect();
    Ok(sqlx::query_as!(
        TokenRow,
        r#"update mail_tokens set used_at = $3
           where token_hash = $1 and purpose = any($2) and used_at is null and expires_at > $3
           returning purpose as "purpose: TokenPurpose", user_id as "user_id: UserId", email as "email: Email""#,
        hash,
        &purposes,
        now,
    )
    .fetch_optional(connection)
    .await?)
}

/// Ends all open links of a person, of one purpose or of all.
pub(super) async fn use_up_tokens(
    connection: &mut PgConnection,
    user: UserId,
    purpose: Option<TokenPurpose>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update mail_tokens set used_at = $3
         where user_id = $1 and ($2::text is null or purpose = $2) and used_at is null",
        user.0,
        purpose.map(TokenPurpose::as_str),
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete_expired_tokens(connection: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query!("delete from mail_tokens where expires_at < $1", before).execute(connection).await?;
    Ok(deleted.rows_affected())
}

/// Lets one transaction at a time count about a subject.
pub(super) async fn lock_throttle(connection: &mut PgConnection, subject: &[u8; 32]) -> Result<()> {
    let [a, b, c, d, e, f, g, h, ..] = *subject;
    let key = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
    sqlx::query!("select pg_advisory_xact_lock($1)", key).execute(connection).await?;
    Ok(())
}

/// The newest tries after `since` and up to `until`, the newest first, at most `limit`.
pub(super) async fn throttle_hits(
    connection: &mut PgConnection,
    subject: &[u8; 32],
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select at from throttle_hits where subject = $1 and at > $2 and at <= $3 order by at desc limit $4",
        subject,
        since,
        until,
        limit,
    )
    .fetch_all(connection)
    .await?)
}

pub(super) async fn insert_throttle_hit(
    connection: &mut PgConnection,
    subject: &[u8; 32],
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("insert into throttle_hits (subject, at) values ($1, $2)", subject, at).execute(connection).await?;
    Ok(())
}

/// Takes one try back: one row, even if there are equal ones.
pub(super) async fn delete_throttle_hit(
    connection: &mut PgConnection,
    subject: &[u8; 32],
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "delete from throttle_hits
         where ctid = (select ctid from throttle_hits where subject = $1 and at = $2 limit 1)",
        subject,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete_throttle_hits(connection: &mut PgConnection, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sqlx::query!("delete from throttle_hits where at < $1", before).execute(connection).await?;
    Ok(deleted.rows_affected())
}
