//! Who looks at the page, as far as a frame must know.

use domain::ProjectId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::AppError;

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

/// The frame's viewer; shared by all that stands in the frame.
#[derive(Debug, Clone, Copy)]
pub struct ViewerResource(pub Resource<Result<Option<Viewer>, AppError>>);

impl ViewerResource {
    /// Asks again whenever `when` changes.
    pub fn provide<S>(when: impl Fn() -> S + Send + Sync + 'static) -> Self
    where
        S: PartialEq + Clone + Send + Sync + 'static,
    {
        let viewer = Self(Resource::new(when, |_| read_viewer()));
        provide_context(viewer);
        viewer
    }
}

/// Asks the frame to look again who is there and what they have, after a change.
pub fn use_viewer() -> impl Fn() + Clone + 'static {
    let viewer = use_context::<ViewerResource>();
    move || {
        if let Some(ViewerResource(viewer)) = viewer {
            viewer.refetch();
        }
    }
}
