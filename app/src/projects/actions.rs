//! What the project pages ask the server to do.

#[cfg(feature = "ssr")]
use domain::projects::SharedView;
use domain::{
    ProjectId, ShareLinkId,
    projects::{Grace, ShareLifetime, SharedRoom, SiteKey, Templates},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, ui::Moment};
#[cfg(feature = "ssr")]
use crate::{local_time::LocalTime, routes, ssr};

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectLine {
    pub id: ProjectId,
    pub name: String,
    /// The first of its origins.
    pub origin: String,
}

/// All projects that one sees, by name.
#[server(prefix = "/api/ui", endpoint = "projects/list", input = server_fn::codec::GetUrl)]
pub async fn list_projects() -> Result<Vec<ProjectLine>, AppError> {
    ssr::read(async {
        let actor = ssr::actor().await?;
        let projects = engine::projects::projects(&ssr::engine()?, &actor).await?;
        let line = |project: domain::projects::Project| ProjectLine {
            id: project.id,
            name: project.name,
            origin: project.origins.first().map(|origin| origin.as_str().to_owned()).unwrap_or_default(),
        };
        Ok(projects.into_iter().map(line).collect())
    })
    .await
}

/// Makes a project in the personal team, and leads to its tag.
#[server(prefix = "/api/ui", endpoint = "projects/create")]
pub async fn create_project(name: String, origin: String) -> Result<(), AppError> {
    let kept = [("name", name.as_str()), ("origin", origin.as_str())];
    ssr::form::<CreateProject, _>(routes::NEW_PROJECT.to_owned(), &kept, async {
        let actor = ssr::actor().await?;
        let user = actor.user().ok_or(AppError::Unauthenticated)?;
        let team = user.memberships.iter().find(|membership| membership.personal).ok_or(AppError::Forbidden)?.team;
        let project = engine::projects::create_project(&ssr::engine()?, &actor, team, &name, &origin).await?;
        leptos_axum::redirect(&routes::install(project.id));
        Ok(())
    })
    .await
}

/// Looks at a page of the site for why no page view comes; the install page shows what was found.
#[server(prefix = "/api/ui", endpoint = "projects/check-site")]
pub async fn check_site(project: ProjectId, page: String) -> Result<(), AppError> {
    ssr::form::<CheckSite, _>(routes::install(project), &[("page", &page)], async {
        let actor = ssr::actor().await?;
        Ok(engine::projects::check_site(&ssr::engine()?, &actor, project, &page).await?)
    })
    .await
}

/// What the settings page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSettings {
    pub id: ProjectId,
    pub name: String,
    pub origins: Vec<String>,
    pub keys: Vec<KeyLine>,
    pub templates: Templates,
    pub may_manage: bool,
    pub may_share: bool,
    pub may_delete: bool,
}

/// A site key with its dates in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLine {
    pub key: SiteKey,
    pub since: Moment,
    /// When its grace ends; `None` for the current key.
    pub until: Option<Moment>,
}

#[server(prefix = "/api/ui", endpoint = "projects/settings", input = server_fn::codec::GetUrl)]
pub async fn read_settings(project: ProjectId) -> Result<ProjectSettings, AppError> {
    ssr::read(async {
        use domain::accounts::Action;
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let clock = LocalTime::of(&actor);
        let project = engine::projects::project(&engine, &actor, project).await?;
        // A public project is for looking at; its settings are its team's.
        if !actor.may(Action::Read, project.team) {
            return Err(AppError::NotFound);
        }
        let templates = engine::projects::templates(&engine, &actor, project.id).await?;
        let key = |key: domain::projects::SiteKeyInUse| KeyLine {
            since: clock.ago(key.created_at, engine.now()),
            until: key.expires_at.map(|at| clock.minute_of(at)),
            key: key.key,
        };
        Ok(ProjectSettings {
            id: project.id,
            origins: project.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
            keys: project.site_keys.into_iter().map(key).collect(),
            templates,
            may_manage: actor.may(Action::ManageProjects, project.team),
            may_share: actor.may(Action::ManageShareLinks, project.team),
            may_delete: actor.may(Action::DeleteProject, project.team),
            name: project.name,
        })
    })
    .await
}

#[server(prefix = "/api/ui", endpoint = "projects/rename")]
pub async fn rename_project(project: ProjectId, name: String) -> Result<(), AppError> {
    ssr::form::<RenameProject, _>(routes::project_settings(project) + "#name", &[("name", &name)], async {
        let actor = ssr::actor().await?;
        Ok(engine::projects::rename_project(&ssr::engine()?, &actor, project, &name).await?)
    })
    .await
}

/// `origins`: one a line.
#[server(prefix = "/api/ui", endpoint = "projects/set-origins")]
pub async fn set_origins(project: ProjectId, origins: String) -> Result<(), AppError> {
    ssr::form::<SetOrigins, _>(routes::project_settings(project) + "#origins", &[("origins", &origins)], async {
        let actor = ssr::actor().await?;
        let lines = origins.lines().map(str::to_owned).collect();
        Ok(engine::projects::set_origins(&ssr::engine()?, &actor, project, lines).await?)
    })
    .await
}

/// Adds an origin that beacons were refused from to the list.
#[server(prefix = "/api/ui", endpoint = "projects/allow-origin")]
pub async fn allow_origin(project: ProjectId, origin: String) -> Result<(), AppError> {
    ssr::form::<AllowOrigin, _>(routes::health(project) + "#origins", &[], async {
        let actor = ssr::actor().await?;
        Ok(engine::projects::allow_origin(&ssr::engine()?, &actor, project, &origin).await?)
    })
    .await
}

#[server(prefix = "/api/ui", endpoint = "projects/rotate-key")]
pub async fn rotate_key(project: ProjectId, grace: Grace) -> Result<(), AppError> {
    ssr::form::<RotateKey, _>(routes::project_settings(project) + "#key", &[], async {
        let actor = ssr::actor().await?;
        engine::projects::rotate_site_key(&ssr::engine()?, &actor, project, grace).await?;
        Ok(())
    })
    .await
}

#[server(prefix = "/api/ui", endpoint = "projects/revoke-key")]
pub async fn revoke_key(project: ProjectId, key: String) -> Result<(), AppError> {
    ssr::form::<RevokeKey, _>(routes::project_settings(project) + "#key", &[], async {
        let actor = ssr::actor().await?;
        Ok(engine::projects::revoke_site_key(&ssr::engine()?, &actor, project, &key).await?)
    })
    .await
}

/// `templates`: one a line.
#[server(prefix = "/api/ui", endpoint = "projects/set-templates")]
pub async fn set_templates(project: ProjectId, templates: String) -> Result<(), AppError> {
    ssr::form::<SetTemplates, _>(
        routes::project_settings(project) + "#page-groups",
        &[("templates", &templates)],
        async {
            let actor = ssr::actor().await?;
            let lines = templates.lines().map(str::to_owned).collect();
            Ok(engine::projects::set_templates(&ssr::engine()?, &actor, project, lines).await?)
        },
    )
    .await
}

/// A real path, its group now, and its group with other templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regrouped {
    pub path: String,
    pub now: String,
    pub then: String,
}

/// What would become of the newest paths.
#[server(prefix = "/api/ui", endpoint = "projects/preview-templates", input = server_fn::codec::GetUrl)]
pub async fn preview_templates(project: ProjectId, templates: String) -> Result<Vec<Regrouped>, AppError> {
    ssr::read(async {
        let actor = ssr::actor().await?;
        let lines = templates.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        let rows = engine::rum::preview_templates(&ssr::engine()?, &actor, project, lines).await?;
        Ok(rows.into_iter().map(|(path, now, then)| Regrouped { path, now, then }).collect())
    })
    .await
}

/// Deletes a project whose name was typed to be sure.
#[server(prefix = "/api/ui", endpoint = "projects/delete")]
pub async fn delete_project(project: ProjectId, name: String) -> Result<(), AppError> {
    let back = routes::with_params(&routes::project_settings(project), [("delete", "1".to_owned())]) + "#delete";
    ssr::form::<DeleteProject, _>(back, &[("name", &name)], async {
        let actor = ssr::actor().await?;
        engine::projects::delete_project(&ssr::engine()?, &actor, project, &name).await?;
        ssr::lead_to(routes::PROJECTS, format!("{name} is deleted."));
        Ok(())
    })
    .await
}

/// Makes a link to a view, and tells it this once. `view` is the query part of its address.
#[server(prefix = "/api/ui", endpoint = "projects/create-share-link")]
pub async fn create_share_link(
    project: ProjectId,
    room: SharedRoom,
    view: String,
    name: String,
    lifetime: ShareLifetime,
) -> Result<String, AppError> {
    let back = routes::share(project, room.as_str(), &view);
    let kept = [("name", name.as_str()), ("lifetime", lifetime.as_str())];
    let told = |link: &String| vec![("link", link.clone())];
    ssr::form_that_tells::<CreateShareLink, _>(back, &kept, told, async {
        let request = ssr::request()?;
        let view = SharedView::new(room, &view)?;
        let new = engine::projects::NewShareLink { project, name: name.clone(), view, lifetime };
        let token = engine::projects::create_share_link(&request.engine, &ssr::actor().await?, &new).await?;
        Ok(request.site.public_url + &routes::guest(&token))
    })
    .await
}

/// Ends a link at once.
#[server(prefix = "/api/ui", endpoint = "projects/revoke-share-link")]
pub async fn revoke_share_link(project: ProjectId, link: ShareLinkId) -> Result<(), AppError> {
    ssr::form::<RevokeShareLink, _>(routes::project_settings(project) + "#links", &[], async {
        let actor = ssr::actor().await?;
        Ok(engine::projects::revoke_share_link(&ssr::engine()?, &actor, project, link).await?)
    })
    .await
}
