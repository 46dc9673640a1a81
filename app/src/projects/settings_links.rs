//! The part of the settings about share links.

use domain::{ProjectId, projects::ShareLinks};
use leptos::prelude::*;
use server_fn::ServerFn;

use super::actions::{ProjectSettings, RevokeShareLink};
use crate::{
    AppError,
    local_time::LocalTime,
    routes, ssr,
    ui::{
        Badge, Confirm, DataTable, EmptyState, ErrorState, FormError, FormState, Moment, Panel, Saved, Skeleton, Time,
        awaited,
    },
};

/// One link, in words.
struct Line {
    id: String,
    name: String,
    what: &'static str,
    made_by: String,
    made: Moment,
    until: Option<Moment>,
    is_open: bool,
}

struct Lines {
    page: u32,
    pages: u32,
    lines: Vec<Line>,
}

async fn read(project: ProjectId, page: u32) -> Result<Lines, AppError> {
    let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
    let (clock, now) = (LocalTime::of(&actor), engine.now());
    let found: ShareLinks = engine::projects::share_links(&engine, &actor, project, page).await?;
    let pages = found.pages();
    let line = |link: domain::projects::ShareLink| Line {
        id: link.id.to_string(),
        name: link.name,
        what: link.view.room.title(),
        made_by: link.made_by,
        made: clock.ago(link.created_at, now),
        until: link.expires_at.map(|at| clock.day_of(at)),
        is_open: link.is_open,
    };
    Ok(Lines { page: page.clamp(1, pages), pages, lines: found.links.into_iter().map(line).collect() })
}

/// The links that are open, and how to close them.
#[component]
pub fn Links(settings: ProjectSettings) -> impl IntoView {
    let project = settings.id;
    let form = FormState::of::<RevokeShareLink>("revoke-share-link", &[]);
    let page = routes::use_param("links").get_untracked().and_then(|page| page.parse().ok()).unwrap_or(1);
    let body = move || async move {
        match read(project, page).await {
            Err(error) => view! { <ErrorState error=error /> }.into_any(),
            Ok(lines) if lines.lines.is_empty() => view! {
                <EmptyState
                    title="Nothing is shared"
                    hint="“Share” beside the title of a page of figures makes a link that shows it to anybody."
                />
            }
            .into_any(),
            Ok(lines) => view! { <List lines=lines project=project /> }.into_any(),
        }
    };
    view! {
        <Panel title="Shared links" id="links" hint="Whoever has one sees the page it was made on, without signing in. A link works as long as its maker may share.">
            <FormError form=form />
            <Saved form=form words="Revoked: the link opens nothing any more" />
            {awaited(|| view! { <Skeleton class="h-24" /> }.into_any(), body)}
        </Panel>
    }
}

#[component]
fn List(lines: Lines, project: ProjectId) -> impl IntoView {
    let Lines { page, pages, lines } = lines;
    let asked = routes::use_param("revoke").get_untracked();
    let settings = routes::project_settings(project);
    let at = move |to: u32, words: &'static str| {
        let href = routes::with_params(&settings, [("links", to.to_string())]) + "#links";
        view! {
            <a class="btn btn-sm" href=href>
                {words}
            </a>
        }
    };
    view! {
        <DataTable caption="Shared links">
            <thead>
                <tr>
                    <th scope="col">"For"</th>
                    <th scope="col">"Shows"</th>
                    <th scope="col" class="hidden sm:table-cell">
                        "Made"
                    </th>
                    <th scope="col" class="hidden sm:table-cell">
                        "Open until"
                    </th>
                    <th scope="col">
                        <span class="sr-only">"Revoke it"</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {lines
                    .into_iter()
                    .map(|line| {
                        let asked = asked.as_deref() == Some(&line.id);
                        view! { <Row line=line project=project asked=asked /> }
                    })
                    .collect_view()}
            </tbody>
        </DataTable>
        {(pages > 1)
            .then(|| {
                view! {
                    <nav class="mt-3 flex items-center gap-2" aria-label="Pages of links">
                        {(page > 1).then(|| at(page - 1, "Newer"))} {(page < pages).then(|| at(page + 1, "Older"))}
                        <span class="text-xs text-muted">{format!("Page {page} of {pages}")}</span>
                    </nav>
                }
            })}
    }
}

#[component]
fn Row(line: Line, project: ProjectId, asked: bool) -> impl IntoView {
    let settings = routes::project_settings(project);
    let sure = routes::with_params(&settings, [("revoke", line.id.clone())]) + "#links";
    view! {
        <tr>
            <th scope="row" class="font-medium">
                <span class="block max-w-48 truncate" title=line.name.clone()>
                    {line.name.clone()}
                </span>
                {(!line.is_open).then(|| view! { <Badge>"Closed: its maker may not share any more"</Badge> })}
            </th>
            <td class="text-muted">{line.what}</td>
            <td class="hidden text-muted sm:table-cell">
                <Time at=line.made />
                <span class="block text-xs">{format!("by {}", line.made_by)}</span>
            </td>
            <td class="hidden text-muted sm:table-cell">
                {match line.until {
                    Some(until) => view! { <Time at=until /> }.into_any(),
                    None => "revoked".into_any(),
                }}
            </td>
            <td class="num">
                <Confirm
                    id=format!("revoke-{}", line.id)
                    title=format!("Revoke the link for {}?", line.name)
                    opener="Revoke"
                    label=format!("Revoke the link for {}", line.name)
                    href=sure
                    open=asked
                    closed_href=settings + "#links"
                    action=RevokeShareLink::PATH
                    fields=vec![("project", project.to_string()), ("link", line.id)]
                    yes="Revoke it"
                >
                    "Whoever opens it finds nothing from the next moment on. A new link would have another address."
                </Confirm>
            </td>
        </tr>
    }
}
