//! `/v1/projects` and `/v1/projects/{id}`.

use axum::{
    Extension, Json,
    extract::{RawQuery, State},
};
use chrono::{DateTime, Utc};
use domain::ProjectId;
use engine::integrations;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    caller::Caller,
    cursor::{self, Cursor as _},
    params::{Params, ProjectPath},
    schemas::ProjectCursor,
};
use crate::{problem::Problem, state::Server};

/// One site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Project {
    pub id: Uuid,
    pub name: String,
    /// From whose pages page views are taken; `*.` stands for all subdomains.
    pub origins: Vec<String>,
    /// The key in the site's tag. Public: it allows sending only.
    #[schema(required)]
    pub site_key: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// One page of projects.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectList {
    /// At most 50, the oldest first.
    pub data: Vec<Project>,
    /// Where the next page begins; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl From<domain::projects::Project> for Project {
    fn from(project: domain::projects::Project) -> Self {
        Self {
            id: project.id.0,
            name: project.name,
            origins: project.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
            site_key: project.site_keys.first().map(|in_use| in_use.key.as_str().to_owned()),
            created_at: project.created_at,
        }
    }
}

impl From<integrations::Page<domain::projects::Project>> for ProjectList {
    fn from(page: integrations::Page<domain::projects::Project>) -> Self {
        let next_cursor = page.entries.last().filter(|_| page.more).map(|last| last.id.written());
        Self { data: page.entries.into_iter().map(Project::from).collect(), next_cursor }
    }
}

/// List projects
///
/// The projects of the key's team, the oldest first, 50 a page. Needs the scope `projects:read`.
#[utoipa::path(
    get,
    path = "/v1/projects",
    operation_id = "listProjects",
    tag = "Projects",
    params(("cursor" = inline(Option<ProjectCursor>), Query, description = "`next_cursor` of the page before.")),
    responses((status = OK, description = "One page of projects.", body = ProjectList)),
)]
pub async fn list(
    State(server): State<Server>,
    Extension(Caller(actor)): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Json<ProjectList>, Problem> {
    let mut params = Params::read(query.as_deref(), &["cursor"]);
    let after = params.parsed("cursor", cursor::words, ProjectId::parse);
    let after = params.finish(Some(after))?;
    Ok(Json(integrations::list_projects(&server.engine, &actor, after).await?.into()))
}

/// Get a project
///
/// One project of the key's team. Needs the scope `projects:read`.
#[utoipa::path(
    get,
    path = "/v1/projects/{project}",
    operation_id = "getProject",
    tag = "Projects",
    params(("project" = Uuid, Path, description = "The project's id.")),
    responses((status = OK, description = "The project.", body = Project)),
)]
pub async fn find(
    State(server): State<Server>,
    Extension(Caller(actor)): Extension<Caller>,
    ProjectPath(project): ProjectPath,
    RawQuery(query): RawQuery,
) -> Result<Json<Project>, Problem> {
    Params::read(query.as_deref(), &[]).finish(Some(()))?;
    Ok(Json(integrations::find_project(&server.engine, &actor, project).await?.into()))
}
