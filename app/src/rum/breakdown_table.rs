//! One vital, split by a property of the page views; each row leads to its own view.

use domain::rum::{Breakdown, BreakdownRow, Dimension, Query};
use leptos::prelude::*;

use super::{base::Base, vital_card::SmallFigure};
use crate::ui::{DataTable, EmptyState, Panel, SharesBar, format};

/// The table in its panel.
#[component]
pub fn BreakdownTable(by: Dimension, query: Query, base: StoredValue<Base>, breakdown: Breakdown) -> impl IntoView {
    let (id, title, key) = match by {
        Dimension::Device => ("devices", "Devices", "Device"),
        _ => ("page-groups", "Page groups", "Page group"),
    };
    view! {
        <Panel title=title id=id>
            {if breakdown.rows.is_empty() {
                view! { <EmptyState title="Nothing to compare yet" hint="Rows come with the first page views." /> }
                    .into_any()
            } else {
                view! { <Rows breakdown=breakdown query=query base=base by=by title=title heading=key /> }.into_any()
            }}
        </Panel>
    }
}

#[component]
fn Rows(
    breakdown: Breakdown,
    query: Query,
    base: StoredValue<Base>,
    by: Dimension,
    title: &'static str,
    heading: &'static str,
) -> impl IntoView {
    let Breakdown { vital, rows, total_rows, .. } = breakdown;
    let percentile = query.percentile;
    let left_out = total_rows.saturating_sub(rows.len() as u32);
    view! {
        <DataTable caption=format!("{title} by {}", vital.long_title())>
            <thead>
                <tr>
                    <th scope="col">{heading}</th>
                    <th scope="col" class="num">
                        "Page views"
                    </th>
                    <th scope="col" class="num">
                        {format!("{} {}", vital.title(), percentile.as_str())}
                    </th>
                    <th scope="col" class="hidden w-24 min-w-14 sm:table-cell">
                        <span class="sr-only">"Good, needs improvement and poor"</span>
                    </th>
                    <th scope="col" class="num hidden sm:table-cell" title="What the site's share of good views would gain if all views of this row were good">
                        "Opportunity"
                    </th>
                </tr>
            </thead>
            <tbody>
                {rows
                    .into_iter()
                    .map(|row| {
                        let narrowed = narrowed(&query, by, &row);
                        let href = base.with_value(|base| base.href(&narrowed));
                        let name = row.name.clone();
                        let shares = row.shares.filter(|_| row.state.shows_value());
                        view! {
                            <tr>
                                <th scope="row" class="max-w-48 truncate font-normal sm:max-w-72">
                                    <a class="hover:underline" href=href data-noscroll title=name.clone()>
                                        {name.clone()}
                                    </a>
                                </th>
                                <td class="num">{format::count(row.page_views)}</td>
                                <td class="num">
                                    <SmallFigure vital=vital value=row.value state=row.state />
                                </td>
                                <td class="hidden sm:table-cell">
                                    <SharesBar shares=shares />
                                </td>
                                <td class="num hidden sm:table-cell">{format::points(row.opportunity)}</td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </DataTable>
        {(left_out > 0)
            .then(|| {
                view! {
                    <p class="mt-3 text-xs text-muted">
                        {format!("{} more, with less to gain, are not shown.", format::count(u64::from(left_out)))}
                    </p>
                }
            })}
    }
}

/// The view of one row alone.
fn narrowed(query: &Query, dimension: Dimension, row: &BreakdownRow) -> Query {
    Query { filter: query.filter.clone().with(dimension, Some(&row.key)), ..query.clone() }
}
