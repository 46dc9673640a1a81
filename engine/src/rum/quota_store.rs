//! The SQL of months: how many page views a team sent, and of which marks its owners were told.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::{
    ProjectId, TeamId,
    billing::{Month, Plan, Quota, QuotaMark},
};
use sqlx::{PgConnection, types::Uuid};

use crate::Result;

/// A month's counter.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeldMonth {
    /// Page views, those that the sample left out included.
    pub used: u64,
    told_80: Option<u64>,
    told_100: Option<u64>,
}

impl HeldMonth {
    /// The quota of which the owners were told that it reached the mark.
    pub const fn told(&self, mark: QuotaMark) -> Option<u64> {
        match mark {
            QuotaMark::EightyPercent => self.told_80,
            QuotaMark::All => self.told_100,
        }
    }
}

/// Reads these counters, making those that are missing, and holds them until the transaction ends. In order, so that
/// two writers cannot deadlock.
pub async fn hold_months(
    db: &mut PgConnection,
    wanted: &BTreeSet<(TeamId, Month)>,
) -> Result<Vec<((TeamId, Month), HeldMonth)>> {
    let (teams, months): (Vec<Uuid>, Vec<NaiveDate>) =
        wanted.iter().map(|(team, month)| (team.0, month.first_day())).unzip();
    let rows = sqlx::query!(
        "insert into page_view_months (team_id, month, used)
         select team_id, month, 0 from unnest($1::uuid[], $2::date[]) as wanted (team_id, month)
         on conflict (team_id, month) do update set used = page_view_months.used
         returning team_id, month, used, told_80, told_100",
        &teams,
        &months
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let held = HeldMonth {
                used: row.used.unsigned_abs(),
                told_80: row.told_80.map(i64::unsigned_abs),
                told_100: row.told_100.map(i64::unsigned_abs),
            };
            ((TeamId(row.team_id), Month::starting(row.month)), held)
        })
        .collect())
}

/// Notes that the owners are told.
pub async fn note_told(db: &mut PgConnection, team: TeamId, month: Month, mark: QuotaMark, quota: Quota) -> Result<()> {
    let quota = i64::try_from(quota.page_views()).unwrap_or(i64::MAX);
    let (of_80, of_100) = match mark {
        QuotaMark::EightyPercent => (Some(quota), None),
        QuotaMark::All => (None, Some(quota)),
    };
    sqlx::query!(
        "update page_view_months set told_80 = coalesce($3, told_80), told_100 = coalesce($4, told_100)
         where team_id = $1 and month = $2",
        team.0,
        month.first_day(),
        of_80,
        of_100
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Who pays for a project's page views, and how many came in a month.
pub struct Standing {
    pub team: TeamId,
    /// PerfAlly's own project, or the demo.
    pub house: bool,
    /// The plan of the team's subscription, if it has one.
    pub plan: Option<Plan>,
    pub used: u64,
}

pub async fn standing(db: &mut PgConnection, project: ProjectId, month: Month) -> Result<Option<Standing>> {
    let row = sqlx::query!(
        r#"select project.team_id, project.purpose is not null as "house!", subscription.plan as "plan?",
                  coalesce(month.used, 0) as "used!"
           from projects project
           left join subscriptions subscription on subscription.team_id = project.team_id
           left join page_view_months month on month.team_id = project.team_id and month.month = $2
           where project.id = $1 and project.deleted_at is null"#,
        project.0,
        month.first_day()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Standing {
        team: TeamId(row.team_id),
        house: row.house,
        plan: row.plan.as_deref().and_then(Plan::parse),
        used: row.used.unsigned_abs(),
    }))
}
