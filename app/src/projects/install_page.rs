//! `/projects/{id}/install`: the tag, and a screen that waits for the first page view.

use std::time::Duration;

use domain::{
    ProjectId,
    rum::{DropReason, FirstBeacon},
};
use leptos::prelude::*;

use super::{
    actions::{Install, InstallTag, ReadInstall},
    tag::Framework,
};
use crate::{
    AppError,
    layout::{PageHeader, PageTitle},
    routes,
    rum::{
        actions::{Installation, ReadFirstBeacon},
        live,
    },
    ui::{ErrorState, Load, Notice, Panel, Segment, Segments, Skeleton, Snippet, Tone, awaited},
};

#[component]
pub fn InstallPage() -> impl IntoView {
    let project = routes::use_project();
    move || match project.get() {
        Some(id) => view! { <InstallOf project=id /> }.into_any(),
        None => view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any(),
    }
}

#[component]
fn InstallOf(project: ProjectId) -> impl IntoView {
    let install = Load::new(move || ReadInstall { project });
    let first = Load::new(move || ReadFirstBeacon { project });
    live::look_again(Duration::from_secs(2), move || async move {
        first.look().await;
    });
    let waiting = move || async move {
        match first.get().await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(installation) => view! { <Waiting project=project installation=installation /> }.into_any(),
        }
    };
    let tag = move || async move {
        match install.get().await {
            Err(AppError::NotFound) => ().into_any(),
            Err(error) => view! { <ErrorState error=error /> }.into_any(),
            Ok(install) => view! { <Tag project=project install=install /> }.into_any(),
        }
    };
    view! {
        <PageTitle title="Install" />
        <PageHeader
            title="Install the tag"
            hint="One line on every page. It loads after the page, sets no cookies, and keeps nothing in the browser."
        />
        <div class="grid max-w-3xl gap-4">
            {awaited(|| view! { <Skeleton class="h-20" /> }.into_any(), waiting)}
            {awaited(|| view! { <Skeleton class="h-80" /> }.into_any(), tag)}
        </div>
    }
    .into_any()
}

/// Whether the tag works. Turns by itself; without scripts, by reloading.
#[component]
fn Waiting(project: ProjectId, installation: Installation) -> impl IntoView {
    let Installation { beacon, ago } = installation;
    let waits = !matches!(beacon, FirstBeacon::Received { .. });
    let reload = if waits { r#"<meta http-equiv="refresh" content="5">"# } else { "" };
    let status = match beacon {
        FirstBeacon::Waiting => view! {
            <div class="panel flex items-center gap-3" role="status">
                <span class="spinner size-5 shrink-0 text-primary" aria-hidden="true"></span>
                <div>
                    <p class="font-medium">"Waiting for the first page view"</p>
                    <p class="text-muted">
                        "Open a page of the site with " <code class="text-xs whitespace-nowrap">"?perfally_debug"</code>
                        " at the end of its address: it reports at once. This page turns by itself."
                    </p>
                </div>
            </div>
        }
        .into_any(),
        FirstBeacon::Refused { reason, origin, .. } => view! {
            <Notice tone=Tone::Warning>
                <p class="font-medium">{format!("A page view arrived {ago} and was refused")}</p>
                <p>{refusal(reason, origin.as_deref())}</p>
                {(reason == DropReason::OriginNotAllowed)
                    .then(|| {
                        view! {
                            <a class="btn btn-sm mt-2" href=format!("{}#origins", routes::project_settings(project))>
                                "Change the list of addresses"
                            </a>
                        }
                    })}
            </Notice>
        }
        .into_any(),
        FirstBeacon::Received { path, .. } => view! {
            <Notice tone=Tone::Good>
                <p class="font-medium">"It works: page views are arriving"</p>
                <p>
                    "The first came " {ago} ", from " <code class="text-xs break-all">{path}</code> "."
                </p>
                <a class="btn btn-primary btn-sm mt-2" href=routes::overview(project)>
                    "Open the overview"
                </a>
            </Notice>
        }
        .into_any(),
    };
    view! {
        <noscript inner_html=reload></noscript>
        <div class="min-h-20">{status}</div>
    }
}

/// What was wrong and what to do, with the origin where that was it.
fn refusal(reason: DropReason, origin: Option<&str>) -> String {
    match (reason, origin) {
        (DropReason::OriginNotAllowed, Some(origin)) => {
            format!("It came from {origin}, which is not on this project's list of addresses.")
        }
        _ => reason.message().to_owned(),
    }
}

#[component]
fn Tag(project: ProjectId, install: Install) -> impl IntoView {
    let Some(tag) = install.tag else {
        return view! {
            <Panel title="The tag" id="tag">
                <p class="text-muted">"This project has no site key that you may see. Ask an owner or admin of its team."</p>
            </Panel>
        }
        .into_any();
    };
    let InstallTag { key, script, versioned } = tag;
    let param = routes::use_param("with");
    let framework = Memo::new(move |_| param.get().as_deref().and_then(Framework::parse).unwrap_or(Framework::Html));
    let tabs = Signal::derive(move || {
        let tab = |of: Framework| Segment {
            label: of.title(),
            href: routes::with_params(&routes::install(project), [("with", of.as_str().to_owned())]),
            current: framework.get() == of,
        };
        Framework::ALL.map(tab).to_vec()
    });
    let code = Signal::derive(move || framework.get().snippet(&script, key.as_str()));
    view! {
        <Panel title="The tag" id="tag">
            <Segments label="Where the tag is pasted" of=tabs />
            <div class="mt-3">
                <Snippet code=code label=Signal::derive(move || framework.get().place().to_owned()) />
            </div>
            <p class="mt-3 text-xs text-muted">
                "Page views are taken from " {install.origins.join(", ")} ". "
                <a class="link" href=format!("{}#origins", routes::project_settings(project))>
                    "Change the list"
                </a>
            </p>
        </Panel>
        <Panel
            title="With a fixed version"
            id="versioned"
            hint="The same script at an address whose bytes never change, checked by the browser. It does not follow our releases."
        >
            <Snippet code=Signal::stored(versioned) label="HTML, with its integrity" />
        </Panel>
    }
    .into_any()
}
