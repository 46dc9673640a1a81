//! A chart, and the same figures as a table.

use leptos::prelude::*;

/// What a chart is drawn from: made on the server, so that no chart code is in the bundle.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ChartView {
    /// ECharts' option as JSON; see `style/chart-loader.ts` for what strings may say.
    pub option: String,
    /// What it shows, in words.
    pub label: String,
    pub columns: Vec<String>,
    /// The figures, formatted; the first of each row names it.
    pub rows: Vec<Vec<String>>,
}

/// Draws the chart when it comes near the viewport. The table is one keystroke (T) away, and
/// is what remains without scripts.
#[component]
pub fn Chart(chart: ChartView, id: &'static str, #[prop(optional)] group: Option<&'static str>) -> impl IntoView {
    let ChartView { option, label, columns, rows } = chart;
    let table = format!("{id}-table");
    view! {
        <perf-chart class="noscript:hidden" option=option label=label.clone() group=group table=table.clone()></perf-chart>
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
