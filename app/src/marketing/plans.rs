//! The plans as cards, read from the one table.

use domain::billing::{Api, Limit, Plan};
use leptos::prelude::*;

use crate::{
    routes,
    ui::{
        format,
        icon::{Draw, Icon},
    },
};

/// One line of a plan. What is not built yet is said to be on its way, and sold to nobody.
struct Line {
    words: String,
    here: bool,
}

fn lines(plan: Plan) -> Vec<Line> {
    let limits = plan.limits();
    let here = |words: String| Line { words, here: true };
    let coming = |words: &str| Line { words: words.to_owned(), here: false };
    let up_to = |limit: Limit, one: &str, many: &str| match limit {
        Limit::AtMost(1) => format!("1 {one}"),
        Limit::AtMost(most) => format!("{} {many}", format::count(u64::from(most))),
        Limit::Unlimited => format!("Unlimited {many}"),
    };
    let mut lines = vec![
        here(up_to(limits.projects, "project", "projects")),
        here(format!("{} a month", up_to(limits.metrics_per_month, "metric", "metrics"))),
        here(format!("Every page view kept {} days", limits.raw_days)),
        here(format!("Trends kept {} days or longer", Plan::SKETCH_DAYS_AT_LEAST.max(limits.raw_days))),
    ];
    if limits.members == Limit::Unlimited {
        lines.push(coming("Unlimited team members"));
    }
    lines.push(match limits.api {
        Api::ReadOnly { requests_per_hour } => here(format!("Read-only API, {requests_per_hour} requests an hour")),
        Api::Full { audits_per_month: Limit::AtMost(most), overage_cents, .. } => {
            coming(&format!("Full API, {most} audits a month, then {} each", format::dollars(overage_cents)))
        }
        Api::Full { .. } => coming("Full API, unlimited audits"),
    });
    if limits.ai_explanations {
        lines.push(coming("Explanations in plain words"));
    }
    if limits.weekly_reports {
        lines.push(coming("Weekly reports by mail"));
    }
    if limits.custom_metrics {
        lines.push(here("Your own metrics".to_owned()));
    }
    if limits.agency_features {
        lines.push(coming("Under your own name, for your clients"));
    }
    lines
}

/// The three plans side by side.
#[component]
pub fn Plans() -> impl IntoView {
    view! {
        <ul class="grid gap-4 md:grid-cols-3">{Plan::ALL.map(|plan| view! { <PlanCard plan=plan /> }).into_iter().collect_view()}</ul>
        <p class="mt-4 text-xs text-muted">
            "One metric is one page view with all that it reports, however often it is updated. "
            "Lines with a ring are on their way."
        </p>
    }
}

#[component]
fn PlanCard(plan: Plan) -> impl IntoView {
    let limits = plan.limits();
    view! {
        <li class="panel flex flex-col p-5">
            <h3 class="text-base">{plan.title()}</h3>
            <p class="mt-1">
                <span class="figure figure-large">{format::dollars(limits.price_cents_per_month)}</span>
                <span class="unit text-muted">" a month"</span>
            </p>
            <ul class="mt-4 mb-5 grid gap-1.5">
                {lines(plan)
                    .into_iter()
                    .map(|line| {
                        view! {
                            <li class="flex items-start gap-2" class:text-muted=!line.here>
                                {if line.here {
                                    view! { <Draw icon=Icon::Check class="mt-0.5 size-4 shrink-0 text-good" /> }.into_any()
                                } else {
                                    view! {
                                        <span
                                            class="mt-1.5 ms-1 me-1 size-2 shrink-0 rounded-full border-[1.5px] border-current"
                                            aria-hidden="true"
                                        ></span>
                                    }
                                        .into_any()
                                }}
                                <span>
                                    {line.words}
                                    {(!line.here).then(|| view! { <span class="sr-only">", on its way"</span> })}
                                </span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
            <div class="mt-auto">
                {match plan {
                    Plan::Free => {
                        view! {
                            <a class="btn btn-primary w-full" href=routes::SIGN_UP>
                                "Sign up"
                            </a>
                        }
                            .into_any()
                    }
                    Plan::Pro | Plan::Agency => {
                        view! {
                            <p class="rounded-field border border-line py-2 text-center text-muted">"Not on sale yet"</p>
                        }
                            .into_any()
                    }
                }}
            </div>
        </li>
    }
}
