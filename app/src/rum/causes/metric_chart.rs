//! A custom metric over time: a pure function to ECharts' option. As the trend of a vital
//! (`trend_chart.rs`), but with no bands, since nobody knows which values are good.

use charming::{
    Chart,
    component::{Axis, DataZoom, DataZoomType},
    datatype::{CompositeValue, DataPoint},
    element::{AxisLabel, AxisType, LineStyle, LineStyleType, Tooltip, Trigger},
    series::Line,
};
use domain::rum::{CustomMetric, CustomMetrics, MetricPoint, Percentile};

use crate::{
    local_time::LocalTime,
    rum::{
        trend_chart::{finished, grid, scale, token},
        trend_marks::{self, Marks, deploys_in, incidents_in},
    },
    ui::{
        chart::{ChartView, file_name},
        format,
    },
};

/// The percentiles that are drawn: a lower one, the chosen one, and an upper one.
pub const fn drawn(chosen: Percentile) -> [Percentile; 3] {
    match chosen {
        Percentile::P50 => [Percentile::P75, Percentile::P50, Percentile::P95],
        Percentile::P95 | Percentile::P99 => [Percentile::P50, chosen, Percentile::P75],
        Percentile::P75 | Percentile::P90 => [Percentile::P50, chosen, Percentile::P95],
    }
}

/// `None` where nothing was sent.
pub fn metric_chart(of: &CustomMetrics, metric: &CustomMetric, clock: LocalTime) -> Option<ChartView> {
    let points = &metric.points;
    let marks = Marks { timeline: of.timeline(), deploys: &of.deploys, incidents: &of.incidents };
    let [lower, chosen, upper] = drawn(of.percentile);
    let values = || points.iter().flat_map(|point| drawn(of.percentile).map(|percentile| point.value(percentile)));
    let largest = values().flatten().reduce(f64::max)?;
    let smallest = values().flatten().reduce(f64::min)?;
    let names: Vec<String> = points.iter().map(|point| clock.bucket(of.granularity, point.at)).collect();
    let axis = Axis::new().type_(AxisType::Value).axis_label(AxisLabel::new().formatter("@number"));
    // Of values below zero, the chart library finds the ends.
    let axis = if smallest >= 0.0 && largest > 0.0 {
        let (step, top) = scale(largest);
        axis.min(0).max(top).interval(step)
    } else {
        axis
    };
    let line = |percentile: Percentile, style: LineStyle, colour: &str| {
        let data: Vec<DataPoint> = points
            .iter()
            .map(|point| DataPoint::from(CompositeValue::from(point.value(percentile).map(rounded))))
            .collect();
        Line::new()
            .name(percentile.as_str())
            .data(data)
            .show_symbol(stands_alone(points))
            .line_style(style)
            .item_style(token(colour))
    };
    let thin = LineStyle::new().width(1).color(token("muted"));
    let chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Axis).value_formatter("@number"))
        .grid(grid())
        .data_zoom(DataZoom::new().type_(DataZoomType::Inside))
        .x_axis(Axis::new().type_(AxisType::Category).boundary_gap(points.len() < 2).data(names.clone()))
        .y_axis(axis)
        .series(line(upper, thin.clone().type_(LineStyleType::Dashed), "muted"))
        .series(line(chosen, LineStyle::new().width(2.5).color(token("primary")), "primary"))
        .series(line(lower, thin, "muted"));
    let mut option = serde_json::to_value(&chart).ok()?;
    trend_marks::mark(&mut option, 1, marks);
    let cell = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), format::number);
    let mut columns = vec!["When".to_owned()];
    columns.extend(Percentile::ALL.map(|percentile| percentile.as_str().to_owned()));
    columns.extend(["Page views", "Deploys", "Incidents"].map(str::to_owned));
    Some(ChartView {
        option: finished(option)?,
        label: format!("{} at {}, with {} and {}", metric.name, chosen.as_str(), lower.as_str(), upper.as_str()),
        file: file_name(&format!("custom metric {}", chosen.as_str()), points.first()?.at, points.last()?.at),
        columns,
        rows: points
            .iter()
            .zip(names)
            .enumerate()
            .filter(|(at, (point, _))| point.count > 0 || !incidents_in(marks, *at).is_empty())
            .map(|(at, (point, name))| {
                let mut row = vec![name];
                row.extend(Percentile::ALL.map(|percentile| cell(point.value(percentile))));
                row.extend([format::count(point.count), deploys_in(marks, at), incidents_in(marks, at)]);
                row
            })
            .collect(),
    })
}

/// As few digits as can be seen: four that say something.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let places = (3.0 - value.abs().log10().floor()).clamp(0.0, 6.0);
    let unit = 10_f64.powf(places);
    (value * unit).round() / unit
}

/// Whether a value has no neighbour that a line could lead to; such ones need a dot to be seen.
fn stands_alone(points: &[MetricPoint]) -> bool {
    let known = |at: Option<usize>| at.and_then(|at| points.get(at)).is_some_and(|point| point.count > 0);
    (0..points.len()).any(|at| known(Some(at)) && !known(at.checked_sub(1)) && !known(Some(at + 1)))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use domain::{
        accounts::Actor,
        rum::{Basis, Granularity, State},
    };

    use super::*;

    fn metrics(values: &[Option<f64>]) -> CustomMetrics {
        let from: DateTime<Utc> = "2026-11-20T00:00:00Z".parse().unwrap();
        let of = |p50: f64| [p50, p50 * 1.5, p50 * 2.0, p50 * 2.5, p50 * 4.0];
        let points = values
            .iter()
            .enumerate()
            .map(|(at, value)| MetricPoint {
                at: from + TimeDelta::days(at as i64),
                count: if value.is_some() { 40 } else { 0 },
                values: value.map(of),
            })
            .collect();
        CustomMetrics {
            from,
            to: from + TimeDelta::days(values.len() as i64),
            percentile: Percentile::P75,
            in_plan: true,
            basis: Basis::RawRows { rows: 80, left_out: None },
            granularity: Granularity::Day,
            metrics: vec![CustomMetric {
                name: "cart_ready".to_owned(),
                count: 80,
                values: of(800.0),
                interval: None,
                state: State::Stable,
                points,
            }],
            total_metrics: 1,
            deploys: Vec::new(),
            incidents: Vec::new(),
        }
    }

    fn chart(values: &[Option<f64>]) -> Option<(serde_json::Value, ChartView)> {
        let all = metrics(values);
        let chart = metric_chart(&all, &all.metrics[0], LocalTime::of(&Actor::Nobody))?;
        Some((serde_json::from_str(&chart.option).unwrap(), chart))
    }

    #[test]
    fn the_chosen_percentile_stands_between_two_others_and_every_one_in_the_table() {
        let (option, chart) = chart(&[Some(800.44), None, Some(812.0)]).unwrap();
        let drawn: Vec<_> = option["series"].as_array().unwrap().iter().map(|line| &line["name"]).collect();
        assert_eq!(drawn, ["p95", "p75", "p50"]);
        assert_eq!(option["series"][2]["data"], serde_json::json!([800.4, null, 812.0]));
        assert_eq!(chart.columns, ["When", "p50", "p75", "p90", "p95", "p99", "Page views", "Deploys", "Incidents"]);
        assert_eq!(chart.rows[0], ["20 Nov", "800", "1,201", "1,601", "2,001", "3,202", "40", "", ""]);
        assert_eq!(chart.rows.len(), 2);
    }

    #[test]
    fn values_below_zero_are_in_sight() {
        let (option, _) = chart(&[Some(-3.0), Some(2.0)]).unwrap();
        assert!(option["yAxis"][0]["min"].is_null() && option["yAxis"]["min"].is_null(), "{}", option["yAxis"]);
        let (option, _) = chart(&[Some(3.0)]).unwrap();
        assert_eq!(option["yAxis"]["min"], serde_json::json!(0));
    }

    #[test]
    fn nothing_sent_draws_nothing() {
        assert!(chart(&[None, None]).is_none());
    }
}
