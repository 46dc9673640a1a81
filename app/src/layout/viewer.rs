//! Who looks at the page, as far as a frame must know.

use domain::{ProjectId, accounts::Actor};
use engine::Engine;

use crate::AppError;

/// A signed-in person and where they can go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    pub name: String,
    pub email: String,
    pub projects: Vec<ViewerProject>,
}

/// One line of the project switcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewerProject {
    pub id: ProjectId,
    pub name: String,
}

impl Viewer {
    /// `None` for whoever is not signed in.
    pub async fn of(engine: &Engine, actor: &Actor) -> Result<Option<Self>, AppError> {
        let Some(user) = actor.user() else { return Ok(None) };
        let projects = engine::projects::projects(engine, actor).await?;
        Ok(Some(Self {
            name: user.name.clone(),
            email: user.email.to_string(),
            projects: projects
                .into_iter()
                .map(|project| ViewerProject { id: project.id, name: project.name })
                .collect(),
        }))
    }
}
