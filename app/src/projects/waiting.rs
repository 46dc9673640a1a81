//! Whether the tag works, and if it does not, what is wrong.

use domain::{
    ProjectId,
    projects::{Finding, SiteCheck},
    rum::{DropReason, FirstBeacon},
};
use leptos::prelude::*;

use super::{
    actions::CheckSite,
    finding_words::{Words, words},
};
use crate::{
    routes,
    ui::{Field, FormError, FormState, Notice, PostForm, Submit, Tone},
};

/// What is known of the site so far.
pub struct Known {
    pub beacon: FirstBeacon,
    /// Since when, in words.
    pub ago: String,
    /// The last look at the site, and how long ago it was.
    pub check: Option<(SiteCheck, String)>,
}

/// The panel that turns by itself; without scripts, by reloading. Below it, who may look at the
/// site can do so; `public/waiting.js` does it by itself when nothing comes for a while.
#[component]
pub fn Waiting(
    project: ProjectId,
    known: Known,
    /// Where the site is, for whoever may have it looked at.
    site: Option<String>,
    /// This server's public address.
    server: String,
) -> impl IntoView {
    let Known { beacon, ago, check } = known;
    let waits = !matches!(beacon, FirstBeacon::Received { .. });
    let reload = if waits { r#"<meta http-equiv="refresh" content="5">"# } else { "" };
    view! {
        <noscript inner_html=reload></noscript>
        <div class="grid gap-3">
            <div class="peer grid min-h-20 gap-3" id="waiting" data-waits=waits.then_some("")>
                <Status project=project beacon=beacon ago=ago />
                {check
                    .filter(|_| waits)
                    .map(|(check, ago)| view! { <Findings project=project check=check ago=ago server=server /> })}
            </div>
            {site.map(|site| view! { <Look project=project site=site /> })}
        </div>
    }
}

#[component]
fn Status(project: ProjectId, beacon: FirstBeacon, ago: String) -> impl IntoView {
    match beacon {
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
                {(reason == DropReason::OriginNotAllowed).then(|| view! { <OriginsLink project=project /> })}
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
fn OriginsLink(project: ProjectId) -> impl IntoView {
    view! {
        <a class="btn btn-sm mt-2" href=format!("{}#origins", routes::project_settings(project))>
            "Change the list of addresses"
        </a>
    }
}

/// What the last look found.
#[component]
fn Findings(project: ProjectId, check: SiteCheck, ago: String, server: String) -> impl IntoView {
    view! {
        <div class="grid gap-2" role="status">
            <p class="text-xs text-muted">
                "PerfAlly looked at " <code class="break-all">{check.page}</code> " " {ago} ":"
            </p>
            {check
                .findings
                .iter()
                .map(|finding| {
                    let Words { tone, title, todo } = words(finding, &server);
                    let origins = matches!(finding, Finding::OriginNotAllowed { .. });
                    view! {
                        <Notice tone=tone role="none">
                            <p class="font-medium wrap-anywhere">{title}</p>
                            <p>{todo}</p>
                            {origins.then(|| view! { <OriginsLink project=project /> })}
                        </Notice>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// Asks the server to look at a page of the site.
#[component]
fn Look(project: ProjectId, site: String) -> impl IntoView {
    let form = FormState::of::<CheckSite>("check-site", &["page"]);
    view! {
        <div class="peer-[:not([data-waits])]:hidden">
            <PostForm form=form class="grid gap-2 sm:grid-cols-[minmax(0,1fr)_max-content] sm:items-start">
                <input type="hidden" name="project" value=project.to_string() />
                <Field form=form name="page" label="Nothing comes? Let PerfAlly look at a page" kind="url" value=site required=false />
                <div class="sm:mt-6">
                    <Submit class="btn">"Check my site"</Submit>
                </div>
                <FormError form=form />
            </PostForm>
        </div>
    }
}
