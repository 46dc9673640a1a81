//! The figures of a comparison.

use domain::{
    ProjectId,
    rum::{Basis, Bound, Changes, Difference, Filter, Interval, Query, SegmentChange, SideFigures, Vital},
};
use leptos::prelude::*;

use super::change_words;
use crate::{
    routes,
    ui::{DataTable, format},
};

const NONE: &str = "–";

/// A share's difference in points: "−5.2".
fn points(share: f64) -> String {
    let text = format!("{:+.1}", share * 100.0).replace('-', "−");
    if matches!(text.as_str(), "+0.0" | "−0.0") { "0.0".to_owned() } else { text }
}

/// A percentile's difference: "+0.79 s".
fn amount(vital: Vital, value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    format!("{sign}{}", format::vital(vital, value.abs()))
}

fn between(interval: Option<Interval>, words: impl Fn(f64) -> String) -> String {
    interval.map_or_else(
        || "too few to tell how sure".to_owned(),
        |Interval { low, high }| format!("{} to {}", words(low), words(high)),
    )
}

/// p75, shares and numbers of both.
#[component]
pub fn SidesTable(changes: Changes, names: [String; 2]) -> impl IntoView {
    let Changes { before, after, comparison, .. } = changes;
    let query = comparison.query;
    let [name_before, name_after] = names;
    let sides = [before, after];
    let values: Vec<_> = sides.iter().map(|side| value_cell(query.vital, side)).collect();
    let good: Vec<_> = sides
        .iter()
        .map(|side| {
            let shares = side.shares.filter(|_| side.state.shows_value());
            let good = shares.map_or_else(|| NONE.to_owned(), |shares| format::share(shares.good));
            view! { <td class="num">{good}</td> }
        })
        .collect();
    let counts: Vec<_> = sides
        .iter()
        .map(|side| {
            let reported = format!("{} with {}", format::count(side.count), query.vital.title());
            view! {
                <td class="num">
                    {format::count(side.page_views)} <span class="block text-xs text-muted">{reported}</span>
                </td>
            }
        })
        .collect();
    let bases: Vec<_> = sides
        .iter()
        .zip(["the earlier side", "the later side"])
        .filter_map(|(side, which)| basis_words(side, which))
        .map(|words| view! { <p class="mt-2 text-xs text-muted">{words}</p> })
        .collect();
    let row = |title: String, cells: AnyView| {
        view! {
            <tr>
                <th scope="row" class="font-normal">
                    {title}
                </th>
                {cells}
            </tr>
        }
    };
    let rows = [
        row(format!("{} {}", query.vital.title(), query.percentile.as_str()), values.into_any()),
        row("Good".to_owned(), good.into_any()),
        row("Page views".to_owned(), counts.into_any()),
    ];
    view! {
        <DataTable caption=format!("{} on both sides", query.vital.long_title())>
            <thead>
                <tr>
                    <th scope="col">
                        <span class="sr-only">"Figure"</span>
                    </th>
                    <th scope="col" class="num whitespace-normal">
                        {name_before}
                    </th>
                    <th scope="col" class="num whitespace-normal">
                        {name_after}
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </DataTable>
        {bases}
    }
}

/// The percentile with its interval, or why there is none.
fn value_cell(vital: Vital, side: &SideFigures) -> AnyView {
    let value = side.value.filter(|_| side.state.shows_value());
    let figure = value.map_or_else(|| "too few".to_owned(), |value| format::vital(vital, value).to_string());
    let interval = value.and(side.interval).map(|interval| format::interval(vital, interval.low, interval.high));
    view! {
        <td class="num">
            {figure} <span class="block text-xs text-muted">{interval}</span>
        </td>
    }
    .into_any()
}

/// What a side was computed from, where that is not all of it.
fn basis_words(side: &SideFigures, which: &str) -> Option<String> {
    let Basis::RawRows { rows, left_out } = side.basis else { return None };
    let read = format::counted(rows, "page view", "page views");
    Some(match left_out {
        None => format!("For {which}, {read} were read one by one."),
        Some(left_out) => {
            let why = match left_out.why {
                Bound::Kept => "single page views are not kept for longer",
                Bound::Rows => "there are more than one answer reads",
                Bound::Time => "reading took as long as one answer may",
            };
            format!("For {which}, the newest {read} were read one by one; the older part is left out, because {why}.")
        }
    })
}

/// Both differences with their parts.
#[component]
pub fn SplitTable(changes: Changes) -> impl IntoView {
    let query = changes.comparison.query;
    let vital = query.vital;
    let share = |difference: Option<Difference>| {
        difference.map(|difference| {
            view! {
                <td class="num max-sm:whitespace-normal">
                    {points(difference.value)}
                    <span class="block text-xs text-muted">{between(difference.interval, points)}</span>
                </td>
            }
        })
    };
    view! {
        <DataTable caption="The difference and its parts">
            <thead>
                <tr>
                    <th scope="col">"Difference of"</th>
                    <th scope="col" class="num">
                        "In all"
                    </th>
                    <th scope="col" class="num">
                        "Within"
                    </th>
                    <th scope="col" class="num">
                        "Mix"
                    </th>
                </tr>
            </thead>
            <tbody>
                <tr>
                    <th scope="row" class="font-normal">
                        "Good, points"
                    </th>
                    {share(changes.good_total)}
                    {share(changes.good_within)}
                    {share(changes.good_mix)}
                </tr>
                {changes
                    .percentile
                    .map(|split| {
                        let interval = changes.percentile_total.and_then(|total| total.interval);
                        view! {
                            <tr>
                                <th scope="row" class="font-normal">
                                    {format!("{} {}", vital.title(), query.percentile.as_str())}
                                </th>
                                <td class="num max-sm:whitespace-normal">
                                    {amount(vital, split.total)}
                                    <span class="block text-xs text-muted">{between(interval, |value| amount(vital, value))}</span>
                                </td>
                                <td class="num align-top">{amount(vital, split.within)}</td>
                                <td class="num align-top">{amount(vital, split.mix)}</td>
                            </tr>
                        }
                    })}
            </tbody>
        </DataTable>
    }
}

/// Each segment's own figures, and what it adds.
#[component]
pub fn Segmented(project: ProjectId, query: Query, changes: Changes) -> impl IntoView {
    let left_out = u64::from(changes.total_segments).saturating_sub(changes.segments.len() as u64);
    let percentile = query.percentile.as_str();
    view! {
        <DataTable caption="Segments by what they add to the difference">
            <thead>
                <tr>
                    <th scope="col">"Segment"</th>
                    <th scope="col" class="num">
                        {format!("{} {percentile}", query.vital.title())}
                    </th>
                    <th scope="col" class="num">
                        "Within"
                    </th>
                    <th scope="col" class="num">
                        "Mix"
                    </th>
                    <th scope="col" class="num hidden sm:table-cell">
                        "Of page views"
                    </th>
                </tr>
            </thead>
            <tbody>
                {changes
                    .segments
                    .into_iter()
                    .map(|segment| view! { <Row project=project query=query.clone() segment=segment /> })
                    .collect_view()}
            </tbody>
        </DataTable>
        {(left_out > 0)
            .then(|| view! { <p class="mt-3 text-xs text-muted">{format!("{} more segments move less.", format::count(left_out))}</p> })}
    }
}

#[component]
fn Row(project: ProjectId, query: Query, segment: SegmentChange) -> impl IntoView {
    let vital = segment.vital;
    let told = |value: Option<f64>| {
        value.map_or_else(|| "too few".to_owned(), |value| format::vital(vital, value).to_string())
    };
    let (mark, words) = match change_words::got_worse(&segment) {
        Some(true) => ("delta delta-worse", "↑ worse"),
        Some(false) => ("delta delta-better", "↓ better"),
        None => ("delta", "≈ within chance"),
    };
    let own = segment.contribution;
    let href = segment.page_group.clone().and_then(|group| {
        let filter = Filter { page_group: Some(group), device: segment.device, ..query.filter.clone() };
        routes::elsewhere(routes::page_group(project, &Query { filter, ..query.clone() }))
    });
    let count = format!("{} and {}", format::count(segment.count.0), format::count(segment.count.1));
    view! {
        <tr>
            <th scope="row" class="min-w-24 font-normal sm:min-w-28">
                {match href {
                    Some(href) => {
                        view! {
                            <a class="break-words hover:underline" href=href>
                                {change_words::name(&segment)}
                            </a>
                        }
                            .into_any()
                    }
                    None => change_words::name(&segment).into_any(),
                }} <span class="block text-xs text-muted">{count} " page views"</span>
            </th>
            <td class="num max-sm:whitespace-normal">
                {told(segment.value.0)} " → " {told(segment.value.1)} <span class=format!("{mark} mt-0.5 block")>{words}</span>
            </td>
            <td class="num">{points(own.within)}</td>
            <td class="num">{points(own.mix)}</td>
            <td class="num hidden sm:table-cell">
                {format!("{} → {}", format::share(own.part_before), format::share(own.part_after))}
            </td>
        </tr>
    }
}
