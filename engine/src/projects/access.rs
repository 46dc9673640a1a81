//! Who may touch a project, and the transaction in which it is changed.

use domain::{
    ProjectId, TeamId,
    accounts::{Action, Actor},
    integrations::ApiMode,
};
use sqlx::{Postgres, Transaction};

use super::store::{self, Head};
use crate::{Engine, Error, Result};

/// Whether the actor may do `action` to the project, by one look-up; answers whose it is.
///
/// `Unauthenticated` for nobody, whether there is such a project or not; `NotFound` for what is
/// not of the actor's teams; `Forbidden` for a member whose role does not allow it. Any person may
/// read a public project; programs read what is their team's, guests what their link is of.
pub async fn authorize(engine: &Engine, actor: &Actor, id: ProjectId, action: Action) -> Result<TeamId> {
    let mut conn = engine.db.acquire().await?;
    let head = store::head(&mut conn, id).await?;
    Ok(allowed(actor, head, action)?.team)
}

/// The same judgement on what was found.
pub(super) fn allowed(actor: &Actor, found: Option<Head>, action: Action) -> Result<Head> {
    match found {
        Some(head) if actor.may_with(head.id, head.team, action) || (open_to(actor, &head) && reads(action)) => {
            Ok(head)
        }
        found => Err(match (actor, found) {
            (Actor::Nobody, _) => Error::Unauthenticated,
            (Actor::Guest(guest), Some(head)) if guest.project == head.id => Error::Forbidden,
            (_, Some(head)) if open_to(actor, &head) || belongs_to(actor, head.team) => Error::Forbidden,
            _ => Error::NotFound,
        }),
    }
}

/// Whether the project may be looked at without being of its team.
const fn open_to(actor: &Actor, head: &Head) -> bool {
    head.public && !matches!(actor, Actor::Key(_) | Actor::Guest(_))
}

const fn reads(action: Action) -> bool {
    matches!(action, Action::Read | Action::ReadProjects | Action::ReadFieldData)
}

/// Whether the actor knows what there is in the team: a refusal need not hide it.
fn belongs_to(actor: &Actor, team: TeamId) -> bool {
    match actor {
        Actor::Key(holder) => holder.mode == ApiMode::Live && holder.team == team,
        _ => actor.may(Action::Read, team),
    }
}

/// Refuses who may not do `action` in the team; a team that is not the actor's is `NotFound`.
pub(super) fn allowed_in_team(actor: &Actor, team: TeamId, action: Action) -> Result<()> {
    if actor.may(action, team) {
        Ok(())
    } else {
        Err(match actor {
            Actor::Nobody => Error::Unauthenticated,
            _ if belongs_to(actor, team) => Error::Forbidden,
            _ => Error::NotFound,
        })
    }
}

/// A change of one project: what it holds stays as it is for others until [`Change::finish`].
/// Dropped unfinished, nothing was changed.
pub(super) struct Change<'e> {
    engine: &'e Engine,
    pub tx: Transaction<'static, Postgres>,
    pub id: ProjectId,
    pub head: Head,
}

impl<'e> Change<'e> {
    /// Holds the project's row against other changes, if the actor may do `action`.
    pub async fn begin(engine: &'e Engine, actor: &Actor, id: ProjectId, action: Action) -> Result<Self> {
        let mut tx = engine.db.begin().await?;
        // Asked first without holding: a stranger must not be able to hold others' rows.
        allowed(actor, store::head(&mut tx, id).await?, action)?;
        let head = allowed(actor, store::head_held(&mut tx, id).await?, action)?;
        Ok(Self { engine, tx, id, head })
    }

    /// Commits, and tells the gates here and on other replicas.
    pub async fn finish(mut self) -> Result<()> {
        store::notify_gates(&mut self.tx, self.id).await?;
        self.tx.commit().await?;
        self.engine.site_keys.forget(self.id);
        Ok(())
    }
}
