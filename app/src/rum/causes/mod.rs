//! The pages about causes, all at rest: what to mend, what changed, one page group, what the site
//! itself measures, and the newest page views. On the server only: browsers are sent what they show, and no code of them.

mod bars;
pub mod change_words;
pub mod changes_page;
mod changes_table;
mod choose_sides;
mod fix_element;
pub mod fix_page;
pub mod live_page;
mod metric_chart;
pub mod metrics_page;
pub mod page_group_page;
mod view_row;
mod weeks;

pub use bars::VitalLegend;
pub use view_row::{ViewRow, view_row};

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Device, Filter, Query, Vital},
};
use engine::{Engine, projects::Sight};
use leptos::prelude::*;

use crate::{
    AppError,
    layout::{Crumb, Crumbs, PageTitle},
    local_time::LocalTime,
    rum::{
        base::Base,
        chips::{self, Chips},
        filters::Filters,
        share_button::ShareButton,
    },
    ssr,
    ui::{Segment, Segments, format},
};

/// Who asks, of which project, by which clock.
struct Asker {
    engine: Engine,
    actor: Actor,
    clock: LocalTime,
}

impl Asker {
    async fn new() -> Result<Self, AppError> {
        let (engine, actor) = (ssr::engine()?, ssr::actor().await?);
        let clock = LocalTime::of(&actor);
        Ok(Self { engine, actor, clock })
    }

    /// The project, if the asker may see its figures.
    async fn sight(&self, project: ProjectId) -> Result<Sight, AppError> {
        Ok(engine::projects::sight(&self.engine, &self.actor, project).await?)
    }
}

/// Title, what it is of, and the filters of a view.
#[component]
fn Head(
    #[prop(into)] title: String,
    /// The project's name, and what else says what is seen.
    #[prop(into)]
    hint: String,
    base: Base,
    query: Query,
    /// Whether the title is the page group that the page is about.
    #[prop(default = false)]
    mono: bool,
    /// Whether the page is about now: neither a period nor a percentile is chosen.
    #[prop(default = false)]
    now: bool,
    /// Where a link to this view is made, for who may.
    #[prop(optional_no_strip)]
    share: Option<String>,
    /// The way here, where there is one.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
) -> impl IntoView {
    let base = StoredValue::new(base);
    let mut chips = chips::chips(&query);
    if mono {
        // The page is about one page group, which is no filter to take away.
        chips.retain(|chip| chip.without.filter.page_group == query.filter.page_group);
    }
    let has_chips = !chips.is_empty();
    view! {
        <PageTitle title=title.clone() />
        <Crumbs of=crumbs />
        <header class="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
            <div class="min-w-0">
                <div class="flex items-center gap-3">
                    <h1 class=if mono { "truncate font-mono text-lg" } else { "truncate text-lg" }>{title}</h1>
                    {share.map(|href| view! { <ShareButton href=href /> })}
                </div>
                <p class="text-xs text-muted">{hint}</p>
            </div>
            <div class="flex max-w-full flex-wrap items-center gap-2">
                {if now {
                    view! { <DeviceChoice base=base query=query /> }.into_any()
                } else {
                    view! { <Filters view=Memo::new(move |_| query.clone()) base=base /> }.into_any()
                }}
            </div>
        </header>
        {has_chips
            .then(|| {
                view! {
                    <div class="mb-4">
                        <Chips chips=chips base=base />
                    </div>
                }
            })}
    }
}

/// The choice of a kind of device, as links.
#[component]
fn DeviceChoice(base: StoredValue<Base>, query: Query) -> impl IntoView {
    let segment = |label: &'static str, device: Option<Device>| {
        let filter = Filter { device, ..query.filter.clone() };
        let href = base.with_value(|base| base.href(&Query { filter, ..query.clone() }));
        Segment { label, href, current: query.filter.device == device }
    };
    let segments: Vec<Segment> = std::iter::once(segment("All devices", None))
        .chain(Device::ALL.map(|device| segment(device.title(), Some(device))))
        .collect();
    view! { <Segments label="Device" of=Signal::stored(segments) /> }
}

/// The choice of a vital, as links.
#[component]
fn VitalChoice(base: Base, query: Query, of: Vec<Vital>) -> impl IntoView {
    let segments: Vec<Segment> = of
        .into_iter()
        .map(|vital| Segment {
            label: vital.title(),
            href: base.href(&Query { vital, ..query.clone() }),
            current: query.vital == vital,
        })
        .collect();
    view! { <Segments label="Vital" of=Signal::stored(segments) /> }
}

/// What single page views can tell, where older ones were left out.
fn cut_words(clock: LocalTime, page_views: u64, cut_at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    let read = format::counted(page_views, "page view", "page views");
    match cut_at {
        None => format!("From all {read} of the period, read one by one."),
        Some(at) => format!(
            "From the newest {read}, read one by one. What came before {} is not in it.",
            format::moment(&clock.at(at))
        ),
    }
}
