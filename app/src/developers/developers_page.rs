//! `/developers`: the API, operation by operation.

use leptos::prelude::*;

use super::{ApiDocument, document::Operation, operation::Section};
use crate::{
    AppError, SiteUrls,
    layout::PageTitle,
    routes,
    ui::{ErrorState, Snippet},
};

#[component]
pub fn DevelopersPage() -> impl IntoView {
    let Some(document) = use_context::<ApiDocument>() else {
        return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
    };
    let host = use_context::<SiteUrls>().map(|site| site.public_url).unwrap_or_default();
    let operations = document.operations();
    let first = format!("curl {host}/v1/projects \\\n  --header 'Authorization: Bearer pr_live_…'");
    view! {
        <PageTitle title="API for developers" description="What PerfAlly's API answers: every operation with its parameters and an example." />
        <div class="mx-auto max-w-6xl px-4 py-10 lg:grid lg:grid-cols-[13rem_minmax(0,1fr)] lg:gap-10">
            <Contents operations=operations.clone() />
            <div class="min-w-0">
                <h1 class="text-xl">"API for developers"</h1>
                <div class="mt-3 mb-5 grid max-w-prose gap-3 text-muted">
                    {document.introduction().into_iter().map(|words| view! { <p>{prose(&words)}</p> }).collect_view()}
                </div>
                <div class="mb-5 flex flex-wrap gap-2">
                    <a class="btn btn-primary btn-sm" href=routes::API_KEYS>
                        "Make a key"
                    </a>
                    <a class="btn btn-sm" href=routes::OPENAPI rel="external">
                        "OpenAPI 3.1 document"
                    </a>
                </div>
                <Snippet code=Signal::stored(first) label="A first request" />
                {operations
                    .into_iter()
                    .map(|operation| view! { <Section operation=operation host=host.clone() /> })
                    .collect_view()}
            </div>
        </div>
    }
    .into_any()
}

/// Links to the sections; beside them where there is room.
#[component]
fn Contents(operations: Vec<Operation>) -> impl IntoView {
    let mut tag = String::new();
    view! {
        <nav class="mb-8 lg:sticky lg:top-6 lg:mb-0 lg:self-start" aria-label="Operations">
            <ul class="grid gap-0.5">
                {operations
                    .into_iter()
                    .map(|operation| {
                        let head = (operation.tag != tag).then(|| operation.tag.clone());
                        tag.clone_from(&operation.tag);
                        view! {
                            {head
                                .map(|head| {
                                    view! { <li class="mt-3 px-2.5 text-xs font-semibold first:mt-0">{head}</li> }
                                })}
                            <li>
                                <a class="rail-link" href=format!("#{}", operation.id)>
                                    {operation.title}
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}

/// Prose with code between backticks.
pub(super) fn prose(words: &str) -> impl IntoView + use<> {
    words
        .split('`')
        .enumerate()
        .map(|(at, part)| {
            let part = part.to_owned();
            if at % 2 == 1 {
                view! { <code class="text-xs break-words text-base-content">{part}</code> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect_view()
}
