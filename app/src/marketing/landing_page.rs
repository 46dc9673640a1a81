//! `/`: what it does, in one sentence, one tag and one look at the real thing.

use domain::{
    ProjectId,
    rum::{Query, Vital},
};
use leptos::prelude::*;

use super::{plans::Plans, pr_comment::PrComment};
use crate::{
    SiteUrls,
    layout::PageTitle,
    projects::tag,
    routes,
    rum::{actions, vital_card::VitalCard, words},
    ui::{
        Notice, Skeleton, Snippet,
        icon::{Draw, Icon},
    },
};

const SENTENCE: &str = "See how fast your site really is, for the people who visit it.";

#[component]
pub fn LandingPage() -> impl IntoView {
    let site = use_context::<SiteUrls>();
    let example = site.map(|site| tag::tag(&site, "pa_your-site-key")).unwrap_or_default();
    view! {
        <PageTitle title="Real-user Core Web Vitals" description=SENTENCE />
        <div class="border-b border-line bg-base-100">
            <div class="mx-auto grid max-w-6xl gap-8 px-4 py-12 lg:grid-cols-2 lg:items-center lg:py-20">
                <div>
                    <h1 class="text-2xl font-semibold">{SENTENCE}</h1>
                    <p class="mt-4 max-w-prose text-base text-muted">
                        "One tag measures Core Web Vitals on every visit. PerfAlly says in plain words whether your site passes, on which pages and devices it does not, and how sure that is."
                    </p>
                    <div class="mt-6 flex flex-wrap gap-3">
                        <a class="btn btn-primary" href=routes::SIGN_UP>
                            "Measure your site"
                        </a>
                        <a class="btn" href=routes::DEMO>
                            "Look at the live demo"
                            <Draw icon=Icon::Arrow />
                        </a>
                    </div>
                </div>
                <div class="min-w-0">
                    <p class="mb-2 font-medium">"This is all that it takes:"</p>
                    <Snippet code=Signal::stored(example) label="In the <head> of every page" />
                    <p class="mt-2 text-xs text-muted">
                        "It loads after your page, sets no cookies and keeps nothing in the browser. Your own key replaces the example's once you sign up."
                    </p>
                </div>
            </div>
        </div>
        <div class="mx-auto max-w-6xl px-4">
            <section class="py-12" aria-labelledby="look">
                <h2 class="text-lg" id="look">
                    "What you see"
                </h2>
                <p class="mt-1 mb-5 text-muted">"From the demo shop, as it is at this moment. "
                    <a class="link" href=routes::DEMO>
                        "The whole dashboard"
                    </a> " needs no account."
                </p>
                <Look />
            </section>
            <section class="border-t border-line py-12" aria-labelledby="what">
                <h2 class="text-lg" id="what">
                    "What it does"
                </h2>
                <ul class="mt-5 grid gap-x-8 gap-y-6 md:grid-cols-2 lg:grid-cols-3">
                    <Point title="Judges as Google does">
                        "LCP, INP and CLS at the 75th percentile, phones and desktops apart, over 28 days or any other period."
                    </Point>
                    <Point title="Says how sure it is">
                        "Every figure carries its interval and the page views behind it. With too few, it says so instead of guessing."
                    </Point>
                    <Point title="Shows where it hurts">
                        "Page groups are learnt from your addresses, so that ten thousand products are one row. One click narrows everything to it."
                    </Point>
                    <Point title="Is live">
                        "A page view is on your screen within seconds of the visit, without a reload."
                    </Point>
                    <Point title="Leaves visitors alone">
                        "No cookies, no storage, no addresses kept. Robots are told apart and left out of the figures."
                    </Point>
                    <Point title="Runs anywhere">
                        "One program beside one PostgreSQL, on your own machine if you like."
                    </Point>
                </ul>
            </section>
            <section class="grid gap-8 border-t border-line py-12 lg:grid-cols-2 lg:items-start" aria-labelledby="next">
                <div>
                    <h2 class="text-lg" id="next">
                        "What comes next"
                    </h2>
                    <p class="mt-4 max-w-prose text-muted">
                        "Planned: a verdict on every pull request, before the change reaches anybody. Pages are measured with it and without it, as often as it takes to tell a difference from chance, and the comment says which element is to blame."
                    </p>
                    <p class="mt-3 max-w-prose text-muted">
                        "Today PerfAlly compares any two releases, periods or devices of your real visitors, and splits the difference into what got slower and who came by."
                    </p>
                </div>
                <PrComment />
            </section>
            <section class="border-t border-line py-12" aria-labelledby="prices">
                <h2 class="mb-5 text-lg" id="prices">
                    "What it costs"
                </h2>
                <Plans />
            </section>
        </div>
    }
}

#[component]
fn Point(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <li>
            <h3 class="font-semibold">{title}</h3>
            <p class="mt-1 text-muted">{children()}</p>
        </li>
    }
}

/// Verdict and Core Web Vitals of the demo, where this server has one.
#[component]
fn Look() -> impl IntoView {
    let look = Resource::new(
        || (),
        |()| async {
            let project: ProjectId = actions::find_demo().await.ok()??;
            actions::read_overview(project, routes::view_href("", &Query::default())).await.ok()
        },
    );
    view! {
        <Suspense fallback=|| {
            view! { <Skeleton class="h-56" /> }
        }>
            {move || Suspend::new(async move {
                match look.await {
                    None => {
                        view! {
                            <p class="panel text-muted">
                                "This server has no demo. Sign up, and your own figures stand here within minutes."
                            </p>
                        }
                            .into_any()
                    }
                    Some(data) => {
                        let (tone, verdict) = words::verdict(&data.overview);
                        view! {
                            <Notice tone=tone>
                                <p class="font-medium">{verdict}</p>
                            </Notice>
                            <div class="mt-4 grid gap-4 md:grid-cols-3">
                                {data
                                    .overview
                                    .vitals
                                    .into_iter()
                                    .filter(|summary| Vital::CORE.contains(&summary.vital))
                                    .map(|summary| {
                                        let href = routes::view_href(
                                            routes::DEMO,
                                            &Query {
                                                vital: summary.vital,
                                                ..Query::default()
                                            },
                                        );
                                        view! { <VitalCard summary=summary href=href current=false /> }
                                    })
                                    .collect_view()}
                            </div>
                        }
                            .into_any()
                    }
                }
            })}
        </Suspense>
    }
}
