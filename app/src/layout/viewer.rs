//! Who looks at the page, as far as a frame must know.

use domain::ProjectId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, ui::Question};

/// A signed-in person and where they can go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub name: String,
    pub email: String,
    pub projects: Vec<ViewerProject>,
}

/// One line of the project switcher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewerProject {
    pub id: ProjectId,
    pub name: String,
}

/// `None` for whoever is not signed in.
#[server(prefix = "/api/ui", endpoint = "viewer", input = server_fn::codec::GetUrl)]
pub async fn read_viewer() -> Result<Option<Viewer>, AppError> {
    crate::ssr::read(async {
        let actor = crate::ssr::actor().await?;
        let Some(user) = actor.user() else { return Ok(None) };
        let projects = engine::projects::projects(&crate::ssr::engine()?, &actor).await?;
        Ok(Some(Viewer {
            name: user.name.clone(),
            email: user.email.to_string(),
            projects: projects
                .into_iter()
                .map(|project| ViewerProject { id: project.id, name: project.name })
                .collect(),
        }))
    })
    .await
}

impl Question for ReadViewer {
    fn params(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
