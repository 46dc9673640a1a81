//! Whether the first beacon came, for the install screen.

use domain::{ProjectId, accounts::Actor, rum::FirstBeacon};

use crate::{Engine, Result, projects, rum::read_store};

pub async fn first_beacon(engine: &Engine, actor: &Actor, project: ProjectId) -> Result<FirstBeacon> {
    projects::project(engine, actor, project).await?;
    read_store::first_beacon(&mut *engine.db.acquire().await?, project).await
}
