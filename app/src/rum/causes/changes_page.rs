//! `/projects/{id}/changes`: two sides beside each other, and what the difference is made of.

use chrono::NaiveDate;
use domain::{
    ProjectId,
    projects::SharedRoom,
    rum::{By, Changes, Column, Comparison, Dimension, Listing, Query, Sides, Vital},
};
use engine::projects::Sight;
use leptos::prelude::*;

use super::{
    Asker, Head, VitalChoice, change_words,
    changes_table::{Segmented, SidesTable, SplitTable},
    choose_sides::ChooseSides,
    weeks::Weeks,
};
use crate::{
    AppError, routes,
    rum::base::Base,
    ui::{EmptyState, ErrorState, Notice, Panel, Skeleton, awaited},
};

struct ChangesView {
    hint: String,
    may_share: bool,
    today: NaiveDate,
    comparison: Comparison,
    /// The dimension that is compared; `None` for periods.
    by: Option<Dimension>,
    /// Its values.
    keys: Vec<String>,
    /// What the sides are called.
    names: [String; 2],
    /// `None` where there are no two values to compare.
    changes: Option<Changes>,
}

async fn read(project: ProjectId, mut comparison: Comparison, by: Option<Dimension>) -> Result<ChangesView, AppError> {
    let asker = Asker::new().await?;
    let Asker { engine, actor, clock } = &asker;
    let Sight { name, may_share } = asker.sight(project).await?;
    let keys = match by {
        None => Vec::new(),
        Some(dimension) => {
            // A filter by what is compared would leave one value.
            let filter = comparison.query.filter.clone().with(dimension, None);
            comparison.query.filter = filter;
            let listing = Listing { sort: Column::PageViews, ..Listing::by(dimension) };
            let rows = engine::rum::breakdown(engine, actor, project, &comparison.query, &listing).await?.rows;
            let mut keys: Vec<String> = rows.into_iter().map(|row| row.key).filter(|key| !key.is_empty()).collect();
            if dimension == Dimension::Release {
                keys.sort();
            }
            keys
        }
    };
    if let Some(dimension) = by
        && !matches!(&comparison.sides, Sides::Values { .. })
    {
        comparison.sides = chosen(dimension, &keys).unwrap_or_default();
    }
    let changes = if by.is_some() && !matches!(comparison.sides, Sides::Values { .. }) {
        None
    } else {
        Some(engine::rum::changes(engine, actor, project, &comparison).await?)
    };
    let range = |side: &domain::rum::SideFigures| clock.range(comparison.query.period, side.from, side.to);
    let names = match (&comparison.sides, &changes) {
        (Sides::Values { dimension, before, after }, _) => {
            let by = By::Dimension(*dimension);
            [engine::rum::segment_name(&by, before), engine::rum::segment_name(&by, after)]
        }
        (_, Some(changes)) => [range(&changes.before), range(&changes.after)],
        (_, None) => [String::new(), String::new()],
    };
    let hint = match (&comparison.sides, &changes) {
        (Sides::Values { .. }, Some(changes)) => format!("{name} · {}", range(&changes.after)),
        _ => name,
    };
    let today = engine.now().date_naive();
    Ok(ChangesView { hint, may_share, today, comparison, by, keys, names, changes })
}

/// The two to begin with: of releases the last two, of all others those with most page views.
fn chosen(dimension: Dimension, keys: &[String]) -> Option<Sides> {
    let (before, after) = match (dimension, keys) {
        (Dimension::Release, [.., before, after]) | (_, [before, after, ..]) => (before, after),
        _ => return None,
    };
    Some(Sides::Values { dimension, before: before.clone(), after: after.clone() })
}

#[component]
pub fn ChangesPage() -> impl IntoView {
    let (project, comparison, by) = (routes::use_project(), routes::use_comparison(), routes::use_param("by"));
    let body = move || {
        let (project, comparison) = (project.get(), comparison.get());
        let by = by.get().and_then(|word| Dimension::parse(&word));
        async move {
            let Some(project) = project else {
                return view! { <ErrorState error=AppError::NotFound whole=true /> }.into_any();
            };
            match read(project, comparison, by).await {
                Err(error) => view! { <ErrorState error=error whole=true /> }.into_any(),
                Ok(view) => view! { <Body project=project view=view /> }.into_any(),
            }
        }
    };
    awaited(|| view! { <Skeleton class="h-[60rem]" /> }.into_any(), body)
}

#[component]
fn Body(project: ProjectId, view: ChangesView) -> impl IntoView {
    let ChangesView { hint, may_share, today, comparison, by, keys, names, changes } = view;
    let base = routes::base(routes::changes(project));
    // Links keep what is compared; where there is nothing to compare, at least the kind.
    let extra = match (&comparison.sides, by) {
        (Sides::Values { .. }, _) | (_, None) => comparison.sides.params(),
        (_, Some(dimension)) => vec![("by", dimension.as_str().to_owned())],
    };
    let with_sides = Base { path: base.clone(), extra };
    let query = comparison.query.clone();
    let shown = routes::with_params("", with_sides.params(&query));
    let share = may_share.then(|| routes::share(project, SharedRoom::Changes.as_str(), &shown));
    view! {
        <Head title="Changes" hint=hint base=with_sides.clone() query=query.clone() share=share />
        <div class="mb-3">
            <VitalChoice base=with_sides query=query of=[Vital::Lcp, Vital::Inp, Vital::Cls, Vital::Fcp, Vital::Ttfb].to_vec() />
        </div>
        {by.is_none().then(|| view! { <Weeks base=base.clone() comparison=comparison.clone() today=today /> })}
        <ChooseSides base=base comparison=comparison by=by keys=keys />
        {match changes {
            Some(changes) => view! { <Told project=project names=names changes=changes /> }.into_any(),
            None => {
                view! {
                    <div class="panel">
                        <EmptyState
                            title="Nothing to compare yet"
                            hint="In this period there are no two of these. Choose a longer one, or compare something else."
                        />
                    </div>
                }
                    .into_any()
            }
        }}
    }
}

#[component]
fn Told(project: ProjectId, names: [String; 2], changes: Changes) -> impl IntoView {
    let (tone, mut sentences) = change_words::headline(&changes);
    let rest = sentences.split_off(1.min(sentences.len()));
    let sums = change_words::sums(&changes);
    let query: Query = changes.comparison.query.clone();
    let told = changes.good.is_some();
    let sides = changes.clone();
    let split = told.then(|| {
        let changes = changes.clone();
        view! {
            <Panel
                title="What the difference is made of"
                id="split"
                hint="Both parts sum to the difference. The mix is who came and where; the rest is what got faster or slower for them."
            >
                <SplitTable changes=changes />
            </Panel>
        }
    });
    let segments = told.then(|| {
        view! {
            <Panel
                title="By segment"
                id="segments"
                class="mt-4"
                hint="What each adds to the share of good page views, in points: by its own change, and by having more or fewer of the page views. What moves most first."
            >
                <Segmented project=project query=query changes=changes />
            </Panel>
        }
    });
    view! {
        <Notice tone=tone>
            <p class="font-medium">{sentences}</p>
            {rest.into_iter().map(|sentence| view! { <p class="mt-1">{sentence}</p> }).collect_view()}
            {sums.map(|sums| view! { <p class="mt-1 text-xs">{sums}</p> })}
        </Notice>
        <div class="mt-4 grid items-start gap-4 xl:grid-cols-2">
            <Panel title="Both sides" id="sides">
                <SidesTable changes=sides names=names />
            </Panel>
            {split}
        </div>
        {segments}
    }
}
