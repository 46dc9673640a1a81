//! `/projects/{id}/fix`: the elements that cost page views their good rating.

use domain::{
    ProjectId,
    projects::SharedRoom,
    rum::{FixList, FixTable, Part, Query, State, Vital},
};
use engine::projects::Sight;
use leptos::prelude::*;

use super::{Asker, Head, bars::PartsLegend, cut_words, fix_element::FixElement};
use crate::{
    AppError, routes,
    rum::base::Base,
    ui::{EmptyState, ErrorState, Notice, Panel, Skeleton, Tone, awaited, format},
};

struct FixView {
    hint: String,
    may_share: bool,
    cut: String,
    list: FixList,
}

async fn read(project: ProjectId, query: &Query) -> Result<FixView, AppError> {
    let asker = Asker::new().await?;
    let Sight { name, may_share } = asker.sight(project).await?;
    let list = engine::rum::fix_list(&asker.engine, &asker.actor, project, query).await?;
    let hint = format!("{name} · {}", asker.clock.range(query.period, list.from, list.to));
    Ok(FixView { hint, may_share, cut: cut_words(asker.clock, list.page_views, list.cut_at), list })
}

#[component]
pub fn FixPage() -> impl IntoView {
    let (project, query) = (routes::use_project(), routes::use_view());
    let body = move || {
        let (project, query) = (project.get(), query.get());
        async move {
            let Some(project) = project else {
                return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
            };
            match read(project, &query).await {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok(view) => view! { <Fix project=project query=query view=view /> }.into_any(),
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), body)
}

#[component]
fn Fix(project: ProjectId, query: Query, view: FixView) -> impl IntoView {
    let FixView { hint, may_share, cut, list } = view;
    let base = routes::base(routes::fix(project));
    let share = may_share.then(|| routes::share(project, SharedRoom::Fix.as_str(), &routes::view_href("", &query)));
    view! {
        <Head title="Fix list" hint=hint base=Base::of(base.clone()) query=query.clone() share=share />
        {if list.page_views == 0 {
            view! {
                <div class="panel">
                    <EmptyState
                        title="No page views in this view"
                        hint="The list names elements once visitors have come by. Choose a longer period, or take the filters away."
                    >
                        <a class="btn btn-sm" href=base>
                            "Take the filters away"
                        </a>
                    </EmptyState>
                </div>
            }
                .into_any()
        } else {
            view! {
                <p class="mb-4 max-w-prose text-xs text-muted">
                    {cut}
                    " “If good” is the percentile of all of them if the page views of one element were merely good: its values above the good threshold are lowered to it, and the percentile is taken again."
                </p>
                <div class="grid gap-4">
                    {list
                        .tables
                        .into_iter()
                        .map(|table| view! { <Table project=project query=query.clone() table=table /> })
                        .collect_view()}
                </div>
            }
                .into_any()
        }}
    }
}

const fn id(vital: Vital) -> &'static str {
    match vital {
        Vital::Inp => "fix-inp",
        Vital::Cls => "fix-cls",
        _ => "fix-lcp",
    }
}

const fn hint(vital: Vital) -> &'static str {
    match vital {
        Vital::Inp => "The elements that visitors acted on, and what kept the next frame waiting.",
        Vital::Cls => "The elements that moved most while the page was used. Chromium browsers tell them.",
        _ => "The elements that were the largest on the screen, and what they waited for.",
    }
}

#[component]
fn Table(project: ProjectId, query: Query, table: FixTable) -> impl IntoView {
    let vital = table.vital;
    let parts = match vital {
        Vital::Lcp => Part::LCP.to_vec(),
        Vital::Inp => Part::INP.to_vec(),
        _ => Vec::new(),
    };
    let n = format::counted(table.count, "page view", "page views");
    let value = table.value.filter(|_| table.state.shows_value());
    let percentile = table.percentile.as_str();
    let left_out = u64::from(table.total_rows).saturating_sub(table.rows.len() as u64);
    view! {
        <Panel title=vital.long_title() id=id(vital) hint=hint(vital)>
            {match (value, table.rows.is_empty()) {
                (None, _) => {
                    let words = match table.state {
                        State::NoData => "No page view of the period reported it.".to_owned(),
                        _ => format!("It takes {} page views that reported it; there are {n}.", State::FEW),
                    };
                    view! { <EmptyState title="Too few page views yet" hint=words /> }.into_any()
                }
                (Some(_), true) if table.unexplained >= table.count => {
                    let hint = format!("{n} reported it, and none says by which element.");
                    view! { <EmptyState title="No element is named" hint=hint /> }.into_any()
                }
                (Some(_), true) => {
                    view! {
                        <EmptyState title="Nothing to mend" hint=format!("{n} reported it, and all that named an element are good.") />
                    }
                        .into_any()
                }
                (Some(value), false) => {
                    let first = table.rows.first().and_then(|row| Some((row.target.clone(), row.value_if_good?)));
                    view! {
                        {first.map(|(target, if_good)| view! { <Gain vital=vital percentile=percentile target=target value=value if_good=if_good n=n /> })}
                        <div class="mb-2">
                            <PartsLegend of=parts />
                        </div>
                        <ul>
                            {table
                                .rows
                                .into_iter()
                                .map(|row| {
                                    view! {
                                        <FixElement
                                            project=project
                                            query=query.clone()
                                            vital=vital
                                            row=row
                                            value=value
                                        />
                                    }
                                })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            }}
            <p class="mt-3 text-xs text-muted empty:hidden">
                {(left_out > 0)
                    .then(|| format!("Good, or of less weight: {}. ", format::counted(left_out, "more element", "more elements")))}
                {(table.unexplained > 0)
                    .then(|| {
                        format!(
                            "{} named no element.",
                            format::counted(table.unexplained, "page view", "page views"),
                        )
                    })}
            </p>
        </Panel>
    }
}

/// What mending the first element would do, as a sentence.
#[component]
fn Gain(vital: Vital, percentile: &'static str, target: String, value: f64, if_good: f64, n: String) -> impl IntoView {
    let (now, then) = (format::vital(vital, value).to_string(), format::vital(vital, if_good).to_string());
    let (good, _) = vital.thresholds();
    let (tone, words) = if value <= good {
        (
            Tone::Good,
            format!("{percentile} is good: {now} over {n}. These elements still have page views that are not."),
        )
    } else if if_good >= value {
        (Tone::Info, format!("{percentile} is {now} over {n}; no single element moves it."))
    } else {
        (Tone::Warning, format!("{percentile} is {now} over {n}. With the first one merely good, it would be {then}."))
    };
    view! {
        <div class="mb-3">
            <Notice tone=tone>
                <p title=target>{words}</p>
            </Notice>
        </div>
    }
}
