//! One element of the fix list: what, why, where, and what mending it would gain.

use domain::{
    ProjectId,
    rum::{Filter, FixRow, Query, Vital},
};
use leptos::prelude::*;

use super::bars::PartsBar;
use crate::{routes, ui::format};

#[component]
pub fn FixElement(project: ProjectId, query: Query, vital: Vital, row: FixRow, value: f64) -> impl IntoView {
    let if_good = row.value_if_good.unwrap_or(value);
    let gain =
        if if_good < value { format!("−{}", format::vital(vital, value - if_good)) } else { "no change".to_owned() };
    let parts = (!row.parts.averages.is_empty()).then(|| row.parts.averages.clone());
    let why = row.parts.dominant().map(|(part, share)| {
        let words = format!("{} is {} of it on average. ", part.title(), format::share(share));
        (words, part.advice())
    });
    let more = row.total_page_groups.saturating_sub(row.page_groups.len() as u32);
    view! {
        <li class="grid grid-cols-2 gap-x-4 gap-y-2 border-b border-line py-3 last:border-0 sm:grid-cols-[minmax(0,1fr)_8rem_7rem]">
            <div class="col-span-2 min-w-0 sm:col-span-1">
                <code class="block text-xs break-all">{row.target.clone()}</code>
                {parts
                    .map(|parts| {
                        view! {
                            <div class="mt-1.5 max-w-80">
                                <PartsBar parts=parts />
                            </div>
                        }
                    })}
                {why
                    .map(|(words, advice)| {
                        view! {
                            <p class="mt-1 max-w-prose text-xs">
                                {words} <span class="text-muted">{advice}</span>
                            </p>
                        }
                    })}
                <Source vital=vital row=row.clone() />
                <p class="mt-1 flex flex-wrap gap-x-2 text-xs text-muted">
                    "On"
                    {row
                        .page_groups
                        .iter()
                        .map(|(group, count)| {
                            let filter = Filter { page_group: Some(group.clone()), ..query.filter.clone() };
                            let href = routes::elsewhere(routes::page_group(project, &Query { filter, vital, ..query.clone() }));
                            let title = format::counted(*count, "page view", "page views");
                            match href {
                                Some(href) => {
                                    view! {
                                        <a class="link max-w-60 truncate font-mono" href=href title=title>
                                            {group.clone()}
                                        </a>
                                    }
                                        .into_any()
                                }
                                None => {
                                    view! {
                                        <span class="max-w-60 truncate font-mono" title=title>
                                            {group.clone()}
                                        </span>
                                    }
                                        .into_any()
                                }
                            }
                        })
                        .collect_view()}
                    {(more > 0).then(|| format!("and {more} more"))}
                </p>
            </div>
            <div class="sm:text-end">
                <p class="text-xs text-muted">"Poor"</p>
                <p>{format::share(row.poor)}</p>
                <p class="text-xs text-muted">{format!("of {}", format::counted(row.count, "page view", "page views"))}</p>
                {(row.of_poor > 0.0)
                    .then(|| view! { <p class="text-xs text-muted">{format!("{} of all poor", format::share(row.of_poor))}</p> })}
            </div>
            <div class="sm:text-end">
                <p class="text-xs text-muted">{format!("{} if good", query.percentile.as_str())}</p>
                <p>{format::vital(vital, if_good).to_string()}</p>
                <p class="text-xs text-muted">{gain}</p>
            </div>
        </li>
    }
}

/// The picture or script behind it, with how many page views name it.
#[component]
fn Source(vital: Vital, row: FixRow) -> impl IntoView {
    let FixRow { source, function, .. } = row;
    let label = if vital == Vital::Inp { "Script" } else { "Resource" };
    let line = |label: &'static str, (word, count): (String, u64)| {
        view! {
            <p class="mt-1 flex min-w-0 gap-1.5 text-xs text-muted">
                <span>{label}</span>
                <code class="min-w-0 truncate text-base-content" title=word.clone()>
                    {word.clone()}
                </code>
                <span class="whitespace-nowrap">{format!("in {}", format::count(count))}</span>
            </p>
        }
    };
    view! {
        {source.map(|source| line(label, source))}
        {function.map(|function| line("Function", function))}
    }
}
