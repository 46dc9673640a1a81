//! The table of segments: sorted by links, cut into pages, each row a way to narrow the view.

use domain::rum::{
    Breakdown, BreakdownRow, By, Column, Dimension, Direction, Filter, Listing, Query, ROWS_A_PAGE, State, TagValue,
    Vital,
};
use leptos::prelude::*;

use super::{segments_page::address, vital_card::SmallFigure, words};
use crate::{
    routes,
    ui::{DataTable, EmptyState, SharesBar, format},
};

/// Shown where there is room.
const WIDE: &str = "num hidden sm:table-cell";
const WIDEST: &str = "num hidden lg:table-cell";

const TO_GAIN: &str = "What the share of good views of the whole would gain if all views of this row were good";

#[component]
pub fn SegmentsTable(table: Breakdown, query: Query, listing: Listing, path: String) -> impl IntoView {
    let Breakdown { vital, percentile, all, rows, found_rows, .. } = table;
    if found_rows == 0 {
        return view! {
            <EmptyState title="Nothing is called so" hint="Search for another part of the name, or show all." />
        }
        .into_any();
    }
    let heading = match &listing.by {
        By::Dimension(dimension) => words::dimension(*dimension).to_owned(),
        By::Tag(name) => format!("Tag {name}"),
    };
    let head = |column: Column, words: String, class: &'static str, title: Option<&'static str>| {
        let sorted = (listing.sort == column).then_some(listing.direction);
        let direction = sorted.map_or(column.usual_direction(), Direction::other);
        let href = address(&path, &query, &Listing { sort: column, direction, page: 1, ..listing.clone() });
        let arrow = match sorted {
            Some(Direction::Ascending) => " ↑",
            Some(Direction::Descending) => " ↓",
            None => "",
        };
        view! {
            <th scope="col" class=class aria-sort=sorted.map(Direction::as_str)>
                <a class="hover:underline" class:text-base-content=sorted.is_some() href=href title=title>
                    {words}
                    <span aria-hidden="true">{arrow}</span>
                </a>
            </th>
        }
        .into_any()
    };
    let before = [
        head(Column::Name, heading.clone(), "", None),
        head(Column::PageViews, "Page views".to_owned(), WIDE, None),
        head(Column::Traffic, "Traffic".to_owned(), WIDE, Some("Part of all page views of this view")),
        head(Column::Value, format!("{} {}", vital.title(), percentile.as_str()), "num", None),
    ]
    .into_iter()
    .collect_view();
    let interval = view! {
        <th scope="col" class=WIDEST title="The 95 % interval of the figure">
            "Interval"
        </th>
    };
    let shares = [
        head(Column::Good, "Good".to_owned(), WIDE, Some("Part of the page views rated good")),
        head(Column::NeedsImprovement, "Needs improvement".to_owned(), WIDEST, Some("Part that needs improvement")),
        head(Column::Poor, "Poor".to_owned(), WIDE, Some("Part of the page views rated poor")),
    ]
    .into_iter()
    .collect_view();
    let bar = view! {
        <th scope="col" class="hidden w-24 min-w-20 lg:table-cell">
            <span class="sr-only">"Good, needs improvement and poor"</span>
        </th>
    };
    let gain = head(Column::Opportunity, "Opportunity".to_owned(), "num", Some(TO_GAIN));
    view! {
        <DataTable caption=format!("{heading} by {}", vital.long_title())>
            <thead>
                <tr>
                    {before} {interval} {shares} {bar} {gain}
                </tr>
            </thead>
            <tbody>
                {rows
                    .into_iter()
                    .map(|row| {
                        let narrowed = narrowed(&query, &listing.by, &row.key);
                        // A page group has a page of its own.
                        let own = (listing.by == By::Dimension(Dimension::PageGroup) && !row.key.is_empty())
                            .then(|| routes::view_href(&format!("{path}/view"), &narrowed));
                        let href = own.and_then(routes::elsewhere).unwrap_or_else(|| {
                            address(&path, &narrowed, &Listing { page: 1, search: String::new(), ..listing.clone() })
                        });
                        let name = view! {
                            <a class="hover:underline" href=href title=row.name.clone()>
                                {row.name.clone()}
                            </a>
                        }
                            .into_any();
                        view! { <Row row=row vital=vital name=name /> }
                    })
                    .collect_view()}
            </tbody>
            <tfoot>
                <Row row=all vital=vital name="All".into_any() />
            </tfoot>
        </DataTable>
        <p class="mt-3 max-w-prose text-xs text-muted">
            "Opportunity: how many points the share of good views of the whole would rise if all views of the row were good. The rows add up to all that can be gained."
        </p>
    }
    .into_any()
}

#[component]
fn Row(row: BreakdownRow, vital: Vital, name: AnyView) -> impl IntoView {
    let BreakdownRow { page_views, traffic, count, value, interval, state, opportunity, .. } = row;
    let shares = row.shares.filter(|_| state.shows_value());
    let share = |part: fn(&domain::rum::Shares) -> f64| {
        shares.as_ref().map_or_else(|| "–".to_owned(), |shares| format::share(part(shares)))
    };
    let interval = interval.filter(|_| state.shows_value());
    let reported = format!("{} reported it", format::counted(count, "page view", "page views"));
    let few = (state == State::TooFew).then_some("too few");
    view! {
        <tr>
            <th scope="row" class="max-w-40 truncate font-normal sm:max-w-72">
                {name}
            </th>
            <td class=WIDE>{format::count(page_views)}</td>
            <td class=WIDE>{format::share(traffic)}</td>
            <td class="num" title=reported>
                {match few {
                    Some(words) => view! { <span class="text-xs text-muted">{words}</span> }.into_any(),
                    None => view! { <SmallFigure vital=vital value=value state=state /> }.into_any(),
                }}
            </td>
            <td class=format!("{WIDEST} text-xs text-muted")>
                {interval.map_or_else(|| "–".to_owned(), |interval| format::interval(vital, interval.low, interval.high))}
            </td>
            <td class=WIDE>{share(|shares| shares.good)}</td>
            <td class=WIDEST>{share(|shares| shares.needs_improvement)}</td>
            <td class=WIDE>{share(|shares| shares.poor)}</td>
            <td class="hidden lg:table-cell">
                <SharesBar shares=shares />
            </td>
            <td class="num font-medium">{format::points(opportunity)}</td>
        </tr>
    }
}

/// The view of one row alone.
fn narrowed(query: &Query, by: &By, key: &str) -> Query {
    let filter = match by {
        By::Dimension(dimension) => query.filter.clone().with(*dimension, Some(key)),
        By::Tag(name) => {
            let tag = Some(TagValue { name: name.clone(), value: key.to_owned() });
            Filter { tag, ..query.filter.clone() }
        }
    };
    Query { filter, ..query.clone() }
}

/// Which rows these are, and the way to the others.
#[component]
pub fn Pager(table: Breakdown, query: Query, listing: Listing, path: String) -> impl IntoView {
    let Breakdown { page, found_rows, .. } = table;
    let pages = found_rows.div_ceil(ROWS_A_PAGE);
    (pages > 1).then(|| {
        let link = |to: u32, words: &'static str, rel: &'static str| {
            let href = address(&path, &query, &Listing { page: to, ..listing.clone() });
            view! {
                <a class="btn btn-sm" href=href rel=rel>
                    {words}
                </a>
            }
        };
        let first = (page - 1) * ROWS_A_PAGE + 1;
        let last = (page * ROWS_A_PAGE).min(found_rows);
        view! {
            <nav class="mt-4 flex flex-wrap items-center gap-3" aria-label="Pages of the table">
                {(page > 1).then(|| link(page - 1, "Before", "prev"))}
                <span class="text-xs text-muted">
                    {format!("{first} to {last} of {}", format::count(u64::from(found_rows)))}
                </span>
                {(page < pages).then(|| link(page + 1, "Next", "next"))}
            </nav>
        }
    })
}
