//! `/projects/{id}/health`: what became of the beacons, and what to do about it.

use domain::{
    ProjectId,
    rum::{Bot, Health, Period, Query, RefusedOrigin},
};
use leptos::prelude::*;
use server_fn::ServerFn;

use super::{
    base::Base,
    filters::ChosenDays,
    health_actions::{HealthView, WithBotsView, read_health, read_with_bots},
    health_words as words,
};
use crate::{
    AppError,
    layout::{PageHeader, PageTitle},
    projects::actions::AllowOrigin,
    routes,
    ui::{
        Badge, Chart, DataTable, EmptyState, ErrorState, FormError, FormState, Moment, Notice, Panel, Saved, Segment,
        Segments, Skeleton, Time, awaited, format,
    },
};

#[component]
pub fn HealthPage() -> impl IntoView {
    let project = routes::use_project();
    move || match project.get() {
        Some(id) => view! { <HealthOf project=id /> }.into_any(),
        None => view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any(),
    }
}

#[component]
fn HealthOf(project: ProjectId) -> impl IntoView {
    let search = leptos_router::hooks::use_location().search;
    let asked = search.get_untracked();
    let health = {
        let asked = asked.clone();
        Resource::new(|| (), move |()| read_health(project, asked.clone()))
    };
    let with_bots = Resource::new(|| (), move |()| read_with_bots(project, asked.clone()));
    let body = move || async move {
        match health.await {
            Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
            Ok(data) => {
                let bots = with_bots.await;
                view! { <Whole data=data bots=bots project=project /> }.into_any()
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), body)
}

#[component]
fn Whole(data: HealthView, bots: Result<WithBotsView, AppError>, project: ProjectId) -> impl IntoView {
    let HealthView { name, range, period, health, hour, volume, last_refused, may_manage } = data;
    let (tone, flow) = words::flow(health.flow, &hour);
    view! {
        <PageTitle title=format!("Data health · {name}") />
        <PageHeader title="Data health" hint=format!("{name} · {range}")>
            <PeriodChoice period=period project=project />
        </PageHeader>
        <Notice tone=tone>
            <p>{flow}</p>
        </Notice>
        <Beacons health=health.clone() />
        {volume
            .map(|chart| {
                view! {
                    <Panel title="Beacons over time" id="volume" class="mt-4">
                        <Chart chart=chart id="volume-chart" />
                    </Panel>
                }
            })}
        <Rejected health=health.clone() />
        <Origins origins=health.refused_origins.clone() last=last_refused project=project may_manage=may_manage />
        <Bots health=health.clone() bots=bots />
        <div class="mt-4 grid gap-4 lg:grid-cols-2">
            <Panel title="Sampling" id="sampling">
                <p>{words::sampling(health.sampling)}</p>
            </Panel>
            <Clocks health=health.clone() />
        </div>
        <RefusedValues health=health />
    }
}

#[component]
fn PeriodChoice(period: Period, project: ProjectId) -> impl IntoView {
    let base = StoredValue::new(Base::of(routes::health(project)));
    let href = move |period| base.with_value(|base| base.href(&Query { period, ..Query::default() }));
    let segments = Period::ALL.map(|of| Segment { label: of.as_str(), href: href(of), current: of == period }).to_vec();
    let view = Memo::new(move |_| Query { period, ..Query::default() });
    view! {
        <Segments label="Period" of=Signal::stored(segments) />
        <ChosenDays view=view base=base />
    }
}

/// The sum that must hold: received = stored + rejected.
#[component]
fn Beacons(health: Health) -> impl IntoView {
    let rejected: u64 = health.rejected.values().sum();
    let figure = |words: &'static str, count: u64, below: String| {
        view! {
            <div class="panel">
                <dt class="text-xs text-muted">{words}</dt>
                <dd>
                    <span class="figure">{format::count(count)}</span>
                    <p class="text-xs text-muted">{below}</p>
                </dd>
            </div>
        }
    };
    let part = if health.received == 0 { 0.0 } else { rejected as f64 / health.received as f64 };
    view! {
        <dl class="mt-4 grid gap-4 sm:grid-cols-3">
            {figure("Beacons received", health.received, "every one has one outcome".to_owned())}
            {figure(
                "Stored",
                health.stored,
                format!(
                    "{}, {}, {}",
                    format::counted(health.page_views, "new page view", "new page views"),
                    format::counted(health.updates, "update", "updates"),
                    format::counted(health.repeats, "repeat", "repeats"),
                ),
            )}
            {figure("Rejected", rejected, format!("{} of those received", format::share(part)))}
        </dl>
    }
}

#[component]
fn Rejected(health: Health) -> impl IntoView {
    let mut rows: Vec<_> = health.rejected.into_iter().collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    view! {
        <Panel title="Rejected, by reason" id="rejected" class="mt-4">
            {if rows.is_empty() {
                view! { <p class="text-muted">"No beacon of this site was rejected in this period."</p> }.into_any()
            } else {
                view! {
                    <DataTable caption="Rejected beacons by reason">
                        <thead>
                            <tr>
                                <th scope="col">"Reason, and what to do"</th>
                                <th scope="col" class="num">
                                    "Beacons"
                                </th>
                            </tr>
                        </thead>
                        <tbody>
                            {rows
                                .into_iter()
                                .map(|(reason, count)| {
                                    view! {
                                        <tr>
                                            <th scope="row" class="font-normal">
                                                {words::what(reason)}
                                                <p class="max-w-prose text-xs text-muted">{words::what_to_do(reason)}</p>
                                            </th>
                                            <td class="num">{format::count(count)}</td>
                                        </tr>
                                    }
                                })
                                .collect_view()}
                        </tbody>
                    </DataTable>
                }
                    .into_any()
            }}
        </Panel>
    }
}

/// Addresses that send with the site's key and are not on its list, each allowed with one click.
#[component]
fn Origins(origins: Vec<RefusedOrigin>, last: Vec<Moment>, project: ProjectId, may_manage: bool) -> impl IntoView {
    let form = FormState::of::<AllowOrigin>("allow-origin", &[]);
    if origins.is_empty() && !form.saved() {
        return ().into_any();
    }
    view! {
        <Panel
            title="Addresses that are not on the list"
            id="origins"
            class="mt-4"
            hint="Beacons came from these with this site's key and were refused. Allow those that are yours."
        >
            <FormError form=form />
            <Saved form=form words="Allowed: page views from there count from now on" />
            <ul class="grid gap-2">
                {origins
                    .into_iter()
                    .zip(last)
                    .map(|(refused, last)| {
                        let RefusedOrigin { origin, beacons, can_be_allowed, .. } = refused;
                        view! {
                            <li class="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-field border border-line px-3 py-2">
                                <code class="min-w-0 text-xs break-all">{origin.clone()}</code>
                                <span class="text-xs text-muted">
                                    {format!("{}, last ", format::counted(beacons, "beacon", "beacons"))} <Time at=last />
                                </span>
                                {match (can_be_allowed, may_manage) {
                                    (true, true) => {
                                        view! {
                                            <form class="ms-auto" action=AllowOrigin::PATH method="post">
                                                <input type="hidden" name="project" value=project.to_string() />
                                                <input type="hidden" name="origin" value=origin.clone() />
                                                <button class="btn btn-sm" type="submit" aria-label=format!("Allow {origin}")>
                                                    "Allow"
                                                </button>
                                            </form>
                                        }
                                            .into_any()
                                    }
                                    (false, _) => {
                                        view! {
                                            <span class="ms-auto text-xs text-muted">"No site's address: cannot be allowed"</span>
                                        }
                                            .into_any()
                                    }
                                    (true, false) => ().into_any(),
                                }}
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Panel>
    }
    .into_any()
}

/// Who was not counted, and what difference that makes.
#[component]
fn Bots(health: Health, bots: Result<WithBotsView, AppError>) -> impl IntoView {
    let class = |class: Bot| match class {
        Bot::Bot => "Bot",
        Bot::Suspect => "Suspect",
        Bot::Human => "Person",
    };
    view! {
        <Panel
            title="Bots"
            id="bots"
            class="mt-4"
            hint="They are stored, and counted in no figure of the dashboard. Suspects are not known as bots, and behave unlike people."
        >
            {if health.bots.is_empty() {
                view! { <p class="text-muted">"No page view of this period was a bot's."</p> }.into_any()
            } else {
                view! {
                    <div class="grid gap-6 lg:grid-cols-2">
                        <DataTable caption="Page views of bots and suspects, by reason">
                            <thead>
                                <tr>
                                    <th scope="col">"Class"</th>
                                    <th scope="col">"Why"</th>
                                    <th scope="col" class="num">
                                        "Page views"
                                    </th>
                                </tr>
                            </thead>
                            <tbody>
                                {health
                                    .bots
                                    .into_iter()
                                    .map(|bot| {
                                        view! {
                                            <tr>
                                                <th scope="row" class="font-normal">
                                                    <Badge>{class(bot.class)}</Badge>
                                                </th>
                                                <td>{bot.reason}</td>
                                                <td class="num">{format::count(bot.page_views)}</td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()}
                            </tbody>
                        </DataTable>
                        {match bots {
                            Err(error) => view! { <ErrorState error=error /> }.into_any(),
                            Ok(bots) => view! { <WithBots bots=bots /> }.into_any(),
                        }}
                    </div>
                }
                    .into_any()
            }}
        </Panel>
    }
}

#[component]
fn WithBots(bots: WithBotsView) -> impl IntoView {
    let WithBotsView { with_bots, basis } = bots;
    if with_bots.others == 0 {
        return view! {
            <EmptyState title="Nothing to compare" hint="Single page views of these bots are not kept any more." />
        }
        .into_any();
    }
    let read = format!(
        "Of {} and {} of bots and suspects.",
        format::counted(with_bots.people, "page view of people", "page views of people"),
        format::count(with_bots.others)
    );
    view! {
        <div>
            <DataTable caption="p75 without and with bots">
                <thead>
                    <tr>
                        <th scope="col">"p75"</th>
                        <th scope="col" class="num">
                            "People"
                        </th>
                        <th scope="col" class="num">
                            "With bots"
                        </th>
                    </tr>
                </thead>
                <tbody>
                    {with_bots
                        .p75
                        .into_iter()
                        .map(|(vital, people, all)| {
                            let figure = |value: Option<f64>| {
                                value.map_or_else(|| "too few".to_owned(), |value| format::vital(vital, value).to_string())
                            };
                            view! {
                                <tr>
                                    <th scope="row" class="font-normal">
                                        {vital.title()}
                                    </th>
                                    <td class="num">{figure(people)}</td>
                                    <td class="num">{figure(all)}</td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </DataTable>
            <p class="mt-2 text-xs text-muted">{read} " " {basis}</p>
        </div>
    }
    .into_any()
}

#[component]
fn Clocks(health: Health) -> impl IntoView {
    let clocks = health.clocks;
    let line = |count: u64, words: &'static str| {
        (count > 0).then(|| view! { <li>{format!("{} {words}", format::count(count))}</li> })
    };
    view! {
        <Panel title="Clocks" id="clocks">
            {if clocks.all() == 0 {
                view! { <p>"Every visitor's clock agrees with the server's."</p> }.into_any()
            } else {
                view! {
                    <p>
                        {format!(
                            "{} of {} began at a time that cannot be right. They count at the time when they arrived, so no figure is wrong for it.",
                            format::count(clocks.all()),
                            format::counted(health.page_views, "new page view", "new page views"),
                        )}
                    </p>
                    <ul class="mt-2 list-inside list-disc text-xs text-muted">
                        {line(clocks.ahead, "from clocks more than an hour ahead")}
                        {line(clocks.behind, "from clocks more than a day behind")}
                        {line(clocks.untold, "with an id that tells no time: a client of another make")}
                    </ul>
                }
                    .into_any()
            }}
        </Panel>
    }
}

/// Single values that were refused while the rest of their beacon was kept.
#[component]
fn RefusedValues(health: Health) -> impl IntoView {
    let fault = |text: &str| {
        let (what, why) = text.rsplit_once(':').unwrap_or((text, ""));
        let why = match why {
            "negative" => "below 0",
            "too_large" => "larger than can be",
            "not_a_number" => "not a number",
            "too_many" => "more than a beacon may carry",
            "bad_text" => "too long, or with control characters",
            other => other,
        };
        (what.to_owned(), why.to_owned())
    };
    (!health.refused_values.is_empty()).then(|| {
        view! {
            <Panel
                title="Values that were left out"
                id="values"
                class="mt-4"
                hint="The rest of their page views is kept."
            >
                <DataTable caption="Refused values">
                    <thead>
                        <tr>
                            <th scope="col">"Value"</th>
                            <th scope="col">"Why"</th>
                            <th scope="col" class="num">
                                "Beacons"
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {health
                            .refused_values
                            .into_iter()
                            .map(|(text, count)| {
                                let (what, why) = fault(&text);
                                view! {
                                    <tr>
                                        <th scope="row" class="font-mono text-xs font-normal">
                                            {what}
                                        </th>
                                        <td>{why}</td>
                                        <td class="num">{format::count(count)}</td>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </DataTable>
            </Panel>
        }
    })
}
