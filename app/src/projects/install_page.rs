//! `/projects/{id}/install`: the tag for every kind of site, and a panel that waits for the first
//! page view. At rest; `public/waiting.js` renews the panel, which works by reloading, too.

use domain::{ProjectId, accounts::Action, projects::SiteKey, rum::FirstBeacon};
use leptos::prelude::*;

use super::{
    content_policy,
    proxy::Proxy,
    tag::{self, Framework},
    waiting::{Known, Waiting},
};
use crate::{
    AppError, SiteUrls,
    layout::{PageHeader, PageTitle},
    routes, ssr,
    ui::{ErrorState, Panel, Segment, Segments, Skeleton, Snippet, awaited, format},
};

struct InstallView {
    known: Known,
    /// Without a key there is no tag: whoever may not see keys.
    key: Option<SiteKey>,
    origins: Vec<String>,
    /// Whether the asker may have the site looked at.
    may_look: bool,
    site: SiteUrls,
}

async fn read(project: ProjectId) -> Result<InstallView, AppError> {
    let (request, actor) = (ssr::request()?, ssr::actor().await?);
    let engine = &request.engine;
    let found = engine::projects::project(engine, &actor, project).await?;
    let beacon = engine::rum::first_beacon(engine, &actor, project).await?;
    let check = engine::projects::site_check(engine, &actor, project).await?;
    let now = engine.now();
    let ago = match &beacon {
        FirstBeacon::Waiting => String::new(),
        FirstBeacon::Refused { at, .. } | FirstBeacon::Received { at, .. } => format::ago(*at, now),
    };
    let check = check.map(|check| {
        let ago = format::ago(check.at, now);
        (check, ago)
    });
    Ok(InstallView {
        known: Known { beacon, ago, check },
        may_look: actor.may(Action::ManageProjects, found.team),
        key: found.site_keys.into_iter().next().map(|in_use| in_use.key),
        origins: found.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
        site: request.site,
    })
}

#[component]
pub fn InstallPage() -> impl IntoView {
    let project = routes::use_project();
    let body = move || {
        let project = project.get();
        async move {
            let Some(project) = project else {
                return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
            };
            match read(project).await {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok(view) => view! { <Install project=project view=view /> }.into_any(),
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), body)
}

#[component]
fn Install(project: ProjectId, view: InstallView) -> impl IntoView {
    let InstallView { known, key, origins, may_look, site } = view;
    let (assets, server) = (site.assets.clone(), site.public_url.clone());
    let first = origins.iter().find(|origin| !origin.contains('*')).cloned().unwrap_or_default();
    view! {
        <PageTitle title="Install" />
        <PageHeader
            title="Install the tag"
            hint="One line on every page. It loads after the page, sets no cookies, and keeps nothing in the browser."
        />
        <div class="grid max-w-3xl gap-4">
            <Waiting project=project known=known site=may_look.then_some(first) server=server />
            {match key {
                Some(key) => view! { <Tags project=project key=key origins=origins site=site /> }.into_any(),
                None => {
                    view! {
                        <Panel title="The tag" id="tag">
                            <p class="text-muted">
                                "This project has no site key that you may see. Ask an owner or admin of its team."
                            </p>
                        </Panel>
                    }
                        .into_any()
                }
            }}
        </div>
        <script type="module" fetchpriority="low" src=format!("{assets}/waiting.js")></script>
    }
}

/// Which tab of which row is open: the address keeps both.
#[derive(Clone, Copy)]
struct Chosen {
    framework: Framework,
    proxy: Proxy,
}

impl Chosen {
    fn of_address() -> Self {
        let param = |name| routes::use_param(name).get_untracked();
        Self {
            framework: param("with").as_deref().and_then(Framework::parse).unwrap_or(Framework::Html),
            proxy: param("proxy").as_deref().and_then(Proxy::parse).unwrap_or(Proxy::Nginx),
        }
    }

    fn href(self, project: ProjectId, part: &str) -> String {
        let params = [("with", self.framework.as_str().to_owned()), ("proxy", self.proxy.as_str().to_owned())];
        routes::with_params(&routes::install(project), params) + part
    }
}

#[component]
fn Tags(project: ProjectId, key: SiteKey, origins: Vec<String>, site: SiteUrls) -> impl IntoView {
    let chosen = Chosen::of_address();
    let Chosen { framework, proxy } = chosen;
    let frameworks = Framework::ALL.map(|of| Segment {
        label: of.title(),
        href: Chosen { framework: of, ..chosen }.href(project, "#tag"),
        current: framework == of,
    });
    let proxies = Proxy::ALL.map(|of| Segment {
        label: of.title(),
        href: Chosen { proxy: of, ..chosen }.href(project, "#proxy"),
        current: proxy == of,
    });
    let stored = |text: String| Signal::stored(text);
    let code = stored(framework.snippet(&format!("{}/beacon.js", site.public_url), key.as_str()));
    let policy = stored(content_policy::lines(&site));
    let (versioned, narrow) = (stored(tag::versioned_tag(&site, &key)), stored(content_policy::narrow_lines(&site)));
    let (recipe, own) = (stored(proxy.recipe(&site.public_url)), stored(tag::own_tag(&key)));
    view! {
        <Panel title="The tag" id="tag">
            <Segments label="Where the tag is pasted" of=Signal::stored(frameworks.to_vec()) />
            <div class="mt-3">
                <Snippet code=code label=framework.place() />
            </div>
            {framework.hint().map(|hint| view! { <p class="mt-2 text-xs text-muted">{hint}</p> })}
            <Options />
            <p class="mt-3 text-xs text-muted">
                "Page views are taken from " {origins.join(", ")} ". "
                <a class="link" href=format!("{}#origins", routes::project_settings(project))>
                    "Change the list"
                </a>
            </p>
        </Panel>
        <Panel
            title="Content Security Policy"
            id="csp"
            hint="If the site sends one, add these sources to its lists. With 'strict-dynamic', give the tag your nonce instead of the first line."
        >
            <Snippet code=policy label="Content-Security-Policy" />
        </Panel>
        <Panel
            title="With a fixed version"
            id="versioned"
            hint="The same script at an address whose bytes never change, checked by the browser. It does not follow our releases. A policy can then name the two addresses alone."
        >
            <div class="grid gap-3">
                <Snippet code=versioned label="HTML, with its integrity" />
                <Snippet code=narrow label="Content-Security-Policy" />
            </div>
        </Panel>
        <Panel
            title="From your own address"
            id="proxy"
            hint="Blockers know the hosts of measuring tools. Forward two paths of the site to this server, and visitors' browsers talk to the site alone: a policy with 'self' is enough."
        >
            <Segments label="What forwards" of=Signal::stored(proxies.to_vec()) />
            <div class="mt-3 grid gap-3">
                <Snippet code=recipe label=proxy.place() />
                <Snippet code=own label="The tag that goes with it" />
            </div>
            <p class="mt-2 text-xs text-muted">
                {proxy.hint()}
                " PerfAlly believes a proxy about who is behind it only if this server's PERFALLY_TRUSTED_PROXIES lists the proxy's address; until then, its page views have the proxy's country and share one limit."
            </p>
        </Panel>
    }
}

/// The attributes that a tag may carry.
#[component]
fn Options() -> impl IntoView {
    view! {
        <details class="mt-3 text-xs">
            <summary class="w-fit cursor-pointer text-muted">"Options of the tag"</summary>
            <dl class="mt-2 grid gap-x-4 gap-y-1.5 sm:grid-cols-[max-content_minmax(0,1fr)]">
                {tag::OPTIONS
                    .into_iter()
                    .map(|(attribute, does)| {
                        view! {
                            <dt>
                                <code>{attribute}</code>
                            </dt>
                            <dd class="mb-1 text-muted sm:mb-0">{does}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </details>
    }
}
