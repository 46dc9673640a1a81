//! A chart, and the same figures as a table.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// What a chart is drawn from: made on the server, so that no chart code is in the bundle.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ChartView {
    /// ECharts' option as JSON; see `style/chart-loader.ts` for what strings may say.
    pub option: String,
    /// What it shows, in words.
    pub label: String,
    /// What a file of it is called, its ending apart.
    pub file: String,
    pub columns: Vec<String>,
    /// The figures, formatted; the first of each row names it.
    pub rows: Vec<Vec<String>>,
}

/// A file's name that says what it shows and of which days: "lcp-trend-2026-10-29-to-2026-11-25".
pub fn file_name(what: &str, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let (first, last) = (first.date_naive(), last.date_naive());
    let what = what.to_lowercase().replace(' ', "-");
    if first == last { format!("{what}-{first}") } else { format!("{what}-{first}-to-{last}") }
}

/// Draws the chart when it comes near the viewport. The table is one keystroke (T) away, and
/// is what remains without scripts.
#[component]
pub fn Chart(
    chart: ChartView,
    id: &'static str,
    /// Charts of one group share their crosshair.
    #[prop(optional)]
    group: Option<&'static str>,
    /// Where a marked part of it leads to, as `public/page.js` reads it.
    #[prop(optional_no_strip)]
    zoom: Option<String>,
    /// A low chart below it, whose figures the table has too.
    #[prop(optional)]
    below: Option<ChartView>,
) -> impl IntoView {
    let ChartView { option, label, file, columns, rows } = chart;
    let table = format!("{id}-table");
    let strip = below.map(|below| {
        view! {
            <perf-chart
                class="noscript:hidden"
                size="strip"
                option=below.option
                label=below.label
                file=below.file
                group=group
                table=table.clone()
            ></perf-chart>
        }
    });
    view! {
        <perf-chart
            class="noscript:hidden"
            option=option
            label=label.clone()
            file=file
            group=group
            zoom=zoom
            table=table.clone()
        ></perf-chart>
        {strip}
        <details class="mt-3 text-sm" id=table>
            <summary class="w-fit cursor-pointer text-xs text-muted hover:text-base-content">"Show as a table"</summary>
            <div class="scroll-x mt-2 max-h-80 overflow-y-auto" tabindex="0" role="group" aria-label=label.clone()>
                <table class="data-table">
                    <caption class="sr-only">{label.clone()}</caption>
                    <thead>
                        <tr>
                            {columns
                                .into_iter()
                                .enumerate()
                                .map(|(at, column)| view! { <th scope="col" class:num=at != 0>{column}</th> })
                                .collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        {rows
                            .into_iter()
                            .map(|row| {
                                let mut cells = row.into_iter();
                                let name = cells.next().unwrap_or_default();
                                view! {
                                    <tr>
                                        <th scope="row" class="font-normal whitespace-nowrap">
                                            {name}
                                        </th>
                                        {cells.map(|cell| view! { <td class="num">{cell}</td> }).collect_view()}
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_what_it_shows_and_when() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (first, last) = (at("2026-10-29T00:00:00Z"), at("2026-11-25T00:00:00Z"));
        assert_eq!(file_name("LCP trend p75", first, last), "lcp-trend-p75-2026-10-29-to-2026-11-25");
        assert_eq!(file_name("cls spread", last, last), "cls-spread-2026-11-25");
    }
}
