//! What is set beside what: links for the kind, and a form for the two.

use domain::rum::{By, Comparison, Dimension, Period, Query, Sides};
use leptos::prelude::*;

use crate::{
    routes,
    ui::{Segment, Segments},
};

/// What can be compared beside periods.
pub const KINDS: [Dimension; 6] = [
    Dimension::Release,
    Dimension::Device,
    Dimension::PageGroup,
    Dimension::Country,
    Dimension::Browser,
    Dimension::Connection,
];

const fn title(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Release => "Releases",
        Dimension::Device => "Devices",
        Dimension::PageGroup => "Page groups",
        Dimension::Country => "Countries",
        Dimension::Browser => "Browsers",
        Dimension::Connection => "Connections",
        Dimension::Os => "Systems",
        Dimension::NavigationType => "Navigations",
    }
}

/// `by` is the dimension that is compared, `None` for periods; `keys` its values.
#[component]
pub fn ChooseSides(
    #[prop(into)] base: String,
    comparison: Comparison,
    by: Option<Dimension>,
    keys: Vec<String>,
) -> impl IntoView {
    let href = |word: &'static str, query: &Query| {
        let mut params = vec![("by", word.to_owned())];
        params.extend(query.params());
        routes::with_params(&base, params)
    };
    let query = &comparison.query;
    // Of the release before the newest, a week has the end at most.
    let longer = Query { period: Period::FourWeeks, ..query.clone() };
    let is_short = by.is_none() && matches!(query.period, Period::Day | Period::Week);
    let mut kinds = vec![Segment { label: "Periods", href: href("period", query), current: by.is_none() }];
    kinds.extend(KINDS.into_iter().map(|dimension| Segment {
        label: title(dimension),
        href: href(dimension.as_str(), if is_short && dimension == Dimension::Release { &longer } else { query }),
        current: by == Some(dimension),
    }));
    // The form's own fields are asked for; the rest of the view stays.
    let kept: Vec<_> = comparison
        .query
        .params()
        .into_iter()
        .chain([("by", by.map_or("period", Dimension::as_str).to_owned())])
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect();
    let fields = match (by, &comparison.sides) {
        (Some(dimension), Sides::Values { before, after, .. }) => {
            let (before, after) = (before.clone(), after.clone());
            view! {
                <Choice name="before" label="Compare" keys=keys.clone() dimension=dimension chosen=before />
                <Choice name="after" label="with" keys=keys dimension=dimension chosen=after />
            }
            .into_any()
        }
        (Some(_), _) => ().into_any(),
        (None, sides) => {
            let day = match sides {
                Sides::PeriodAgainst(day) => day.to_string(),
                _ => String::new(),
            };
            let words = match comparison.query.period {
                Period::Custom(_) => "The chosen days, compared with as many from",
                _ => "Compared with as many days from",
            };
            view! {
                <label class="flex flex-wrap items-center gap-2 text-xs text-muted">
                    {words} <input class="input input-sm w-40" type="date" name="against" value=day />
                    <span>"(the time just before, if left empty)"</span>
                </label>
            }
            .into_any()
        }
    };
    view! {
        <div class="mb-4 flex flex-wrap items-center gap-x-4 gap-y-3">
            <Segments label="What is compared" of=Signal::stored(kinds) />
            <form class="flex max-w-full flex-wrap items-center gap-2" method="get" action=base>
                {kept}
                {fields}
                <button class="btn btn-sm" type="submit">
                    "Compare"
                </button>
            </form>
        </div>
    }
}

#[component]
fn Choice(
    name: &'static str,
    label: &'static str,
    keys: Vec<String>,
    dimension: Dimension,
    chosen: String,
) -> impl IntoView {
    view! {
        <label class="flex items-center gap-2 text-xs text-muted">
            {label}
            <select class="select select-sm max-w-48" name=name>
                {keys
                    .into_iter()
                    .map(|key| {
                        let words = engine::rum::segment_name(&By::Dimension(dimension), &key);
                        view! {
                            <option value=key.clone() selected=key == chosen>
                                {words}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}
