//! Who listens to what: the one place where a fact of one room causes work in another.
//!
//! Rooms announce facts here inside the transaction that makes them true.

use chrono::{DateTime, Utc};
use domain::ProjectId;
use sqlx::PgConnection;

use crate::{Result, jobs, rum};

/// What became true in a room that another room may have to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// The project is hidden and has no keys any more; its data is still there.
    ProjectDeleted { project: ProjectId, at: DateTime<Utc> },
}

/// Enqueues the work that follows from the fact, in the transaction that makes it true.
pub async fn announce(conn: &mut PgConnection, fact: Fact) -> Result<()> {
    match fact {
        Fact::ProjectDeleted { project, at } => {
            jobs::enqueue(conn, &rum::DeleteProjectData { project }, Some(&project.to_string()), at).await
        }
    }
}
