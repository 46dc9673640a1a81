//! One operation of the API: what it takes, what it answers.

use leptos::prelude::*;

use super::{
    developers_page::prose,
    document::{Operation, Parameter},
};
use crate::ui::{Badge, DataTable, Snippet};

/// Everything about one operation.
#[component]
pub(super) fn Section(operation: Operation, host: String) -> impl IntoView {
    let request = curl(&operation, &host);
    let Operation { id, method, path, title, words, parameters, answers, example, .. } = operation;
    let heading = format!("{id}-title");
    view! {
        <section class="mt-10 scroll-mt-6 border-t border-line pt-6" id=id aria-labelledby=heading.clone()>
            <h2 class="text-base" id=heading.clone()>
                {title.clone()}
            </h2>
            <p class="mt-1 flex flex-wrap items-center gap-2">
                <Badge>{method}</Badge>
                <code class="text-xs break-all">{path}</code>
            </p>
            <p class="mt-3 max-w-prose text-muted">{prose(&words)}</p>
            {(!parameters.is_empty()).then(|| view! { <Parameters of=parameters caption=format!("Parameters: {title}") /> })}
            <div class="mt-4 grid gap-3">
                <Snippet code=Signal::stored(request) label="Example request" />
                <Example of=example />
            </div>
            <dl class="mt-4 grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-xs text-muted">
                {answers
                    .into_iter()
                    .map(|(status, words)| {
                        view! {
                            <dt>
                                <code>{status}</code>
                            </dt>
                            <dd>{words}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </section>
    }
}

#[component]
fn Parameters(of: Vec<Parameter>, caption: String) -> impl IntoView {
    view! {
        <div class="mt-4">
            <DataTable caption=caption>
                <thead>
                    <tr>
                        <th scope="col">"Parameter"</th>
                        <th scope="col" class="hidden sm:table-cell">
                            "What it may be"
                        </th>
                        <th scope="col">"What it does"</th>
                    </tr>
                </thead>
                <tbody>
                    {of
                        .into_iter()
                        .map(|parameter| {
                            let place = if parameter.in_path { ", in the path" } else { "" };
                            // Beside the name where there is room, else below the words.
                            let kind = parameter.kind + place;
                            view! {
                                <tr>
                                    <th scope="row" class="align-top font-normal whitespace-nowrap">
                                        <code class="text-xs">{parameter.name}</code>
                                        {parameter.required.then(|| view! { <span class="block text-xs text-muted">"required"</span> })}
                                    </th>
                                    <td class="hidden min-w-32 align-top text-xs text-muted sm:table-cell">
                                        {kind.clone()}
                                    </td>
                                    <td class="align-top">
                                        {prose(&parameter.words)}
                                        <span class="block text-xs text-muted sm:hidden">{kind.clone()}</span>
                                    </td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </DataTable>
        </div>
    }
}

/// An answer, in a box of its own that scrolls.
#[component]
fn Example(of: String) -> impl IntoView {
    view! {
        <details class="overflow-hidden rounded-field border border-line bg-base-200" open>
            <summary class="cursor-pointer px-3 py-2 text-xs text-muted">"Example answer"</summary>
            <pre class="max-h-80 overflow-auto border-t border-line px-3 py-3 text-xs leading-5" tabindex="0"><code>{of}</code></pre>
        </details>
    }
}

/// A request that works as it stands, with a test key.
fn curl(operation: &Operation, host: &str) -> String {
    let path = operation.path.replace("{project}", "01990000-0000-7000-8000-000000000001");
    let required = operation.parameters.iter().filter(|parameter| parameter.required && !parameter.in_path);
    let data: String = required
        .map(|parameter| {
            let first = parameter.kind.split(',').next().unwrap_or_default();
            format!(" \\\n  --data-urlencode '{}={first}'", parameter.name)
        })
        .collect();
    let get = if data.is_empty() { "" } else { "--get " };
    format!("curl {get}{host}{path} \\\n  --header 'Authorization: Bearer pr_test_…'{data}")
}
