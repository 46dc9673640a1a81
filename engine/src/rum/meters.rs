//! The months of a batch's teams: what each has used, what its quota makes of a new page view, and
//! which marks are reached. Rules are `domain`'s; here they meet the counters that are held.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    PageViewId, ProjectId, TeamId,
    billing::{Month, Plan, Quota, QuotaMark, Ruling},
};
use sqlx::PgConnection;

use super::{
    quota_store::{self, HeldMonth},
    send_quota_notice::SendQuotaNotice,
    store::Held,
};
use crate::{Result, accounts, jobs};

/// The projects of a batch, and the months that it adds to.
pub struct Meters {
    projects: HashMap<ProjectId, Account>,
    months: BTreeMap<(TeamId, Month), Meter>,
}

/// Who pays for a project's page views.
struct Account {
    /// `None`: PerfAlly itself; nothing is counted.
    team: Option<TeamId>,
    plan: Plan,
}

struct Meter {
    plan: Plan,
    held: HeldMonth,
    /// Page views of this batch.
    added: u64,
}

impl Meters {
    pub fn new(held: Vec<Held>, default_plan: Plan) -> Self {
        let account =
            |held: &Held| Account { team: (!held.house).then_some(held.team), plan: held.plan.unwrap_or(default_plan) };
        Self { projects: held.iter().map(|held| (held.project, account(held))).collect(), months: BTreeMap::new() }
    }

    /// Whether the project exists.
    pub fn knows(&self, project: ProjectId) -> bool {
        self.projects.contains_key(&project)
    }

    /// Holds the counters of these page views' teams and months until the transaction ends, where there is a quota: no
    /// other writer, on any replica, counts meanwhile.
    pub async fn hold(
        &mut self,
        db: &mut PgConnection,
        new: impl Iterator<Item = (ProjectId, DateTime<Utc>)>,
    ) -> Result<()> {
        let mut wanted: BTreeSet<(TeamId, Month)> = BTreeSet::new();
        let mut plans: HashMap<TeamId, Plan> = HashMap::new();
        for (project, at) in new {
            if let Some(Account { team: Some(team), plan }) = self.projects.get(&project)
                && Quota::of(*plan).is_some()
            {
                wanted.insert((*team, Month::of(at)));
                plans.insert(*team, *plan);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        for (key, held) in quota_store::hold_months(db, &wanted).await? {
            if let Some(&plan) = plans.get(&key.0) {
                self.months.insert(key, Meter { plan, held, added: 0 });
            }
        }
        Ok(())
    }

    /// Counts a new page view, unless it is refused.
    pub fn take(&mut self, project: ProjectId, id: PageViewId, at: DateTime<Utc>) -> Ruling {
        let Some(Account { team: Some(team), plan }) = self.projects.get(&project) else { return Ruling::Kept };
        let meter = self.months.entry((*team, Month::of(at))).or_insert_with(|| Meter {
            plan: *plan,
            held: HeldMonth::default(),
            added: 0,
        });
        let ruling = Quota::of(*plan).map_or(Ruling::Kept, |quota| quota.ruling(meter.used(), id));
        if ruling != Ruling::Stopped {
            meter.added += 1;
        }
        ruling
    }

    /// What the batch adds to each month.
    pub fn added(&self) -> impl Iterator<Item = ((TeamId, Month), u64)> + '_ {
        self.months.iter().map(|(key, meter)| (*key, meter.added)).filter(|(_, added)| *added > 0)
    }

    /// Writes to the owners of every team that a mark is reached by, once a month and quota.
    pub async fn tell_owners(&self, db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
        for (&(team, month), meter) in &self.months {
            for (mark, quota) in meter.untold() {
                quota_store::note_told(&mut *db, team, month, mark, quota).await?;
                for to in accounts::owners(&mut *db, team).await? {
                    let notice = SendQuotaNotice::new(to, mark, meter.plan, month, now);
                    jobs::enqueue(&mut *db, &notice, None, now).await?;
                }
            }
        }
        Ok(())
    }
}

impl Meter {
    const fn used(&self) -> u64 {
        self.held.used + self.added
    }

    /// Marks that this batch reaches, or that an earlier one reached without anybody being told: of a smaller quota,
    /// after a change of plan.
    fn untold(&self) -> impl Iterator<Item = (QuotaMark, Quota)> + '_ {
        let quota = Quota::of(self.plan).filter(|_| self.added > 0);
        QuotaMark::BOTH.into_iter().filter_map(move |mark| {
            let quota = quota?;
            let told = self.held.told(mark).is_some_and(|told| told >= quota.page_views());
            (self.used() >= quota.at(mark) && !told).then_some((mark, quota))
        })
    }
}
