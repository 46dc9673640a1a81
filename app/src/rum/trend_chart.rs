//! The trend as a chart: a pure function from the series to ECharts' option, reviewed as a
//! snapshot. p75, which Google judges by, is the strong line; p50 and p95 are thin. The
//! thresholds are soft bands behind them.

use charming::{
    Chart,
    component::Axis,
    datatype::{CompositeValue, DataPoint},
    element::{
        AxisLabel, AxisType, Color, ItemStyle, LineStyle, LineStyleType, MarkArea, MarkAreaData, Tooltip, Trigger,
    },
    series::Line,
};
use domain::rum::{Period, Point, Series, Vital};

use crate::{
    local_time::LocalTime,
    ui::{chart::ChartView, format},
};

/// `None` where no bucket has a value: there is nothing to draw.
pub fn trend_chart(series: &Series, period: Period, clock: LocalTime) -> Option<ChartView> {
    let vital = series.vital;
    let points = &series.points;
    let largest = points.iter().filter_map(|point| point.p95.or(point.p75)).reduce(f64::max)?;
    let names: Vec<String> = points.iter().map(|point| clock.bucket(series.granularity, point.at)).collect();
    let (step, top) = scale(largest.max(vital.thresholds().0));
    let formatter = if vital == Vital::Cls { "@cls" } else { "@ms" };
    let [good, needs_improvement, poor] = bands(vital, top);
    let line = |name: &str, value: fn(&Point) -> Option<f64>, style: LineStyle, band: Option<MarkArea>| {
        let mut line = Line::new()
            .name(name)
            .data(points.iter().map(|point| number(vital, value(point))).collect::<Vec<_>>())
            .show_symbol(stands_alone(points, value))
            .line_style(style);
        if let Some(band) = band {
            line = line.mark_area(band);
        }
        line
    };
    let thin = LineStyle::new().width(1).color(token("muted"));
    let strong = LineStyle::new().width(2.5).color(token("primary"));
    let chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Axis).value_formatter(formatter))
        .x_axis(Axis::new().type_(AxisType::Category).boundary_gap(points.len() < 2).data(names.clone()))
        .y_axis(
            Axis::new()
                .type_(AxisType::Value)
                .min(0)
                .max(top)
                .interval(step)
                .axis_label(AxisLabel::new().formatter(formatter)),
        )
        .series(
            line("p95", |point| point.p95, thin.clone().type_(LineStyleType::Dashed), poor).item_style(token("muted")),
        )
        .series(line("p75", |point| point.p75, strong, good).item_style(token("primary")))
        .series(line("p50", |point| point.p50, thin, needs_improvement).item_style(token("muted")));
    let cell =
        |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format::vital(vital, value).to_string());
    Some(ChartView {
        option: serde_json::to_string(&chart).ok()?,
        label: format!("{} at p75, with p50 and p95, {}", vital.long_title(), period.words().to_lowercase()),
        columns: ["When", "p50", "p75", "p95", "Page views"].map(str::to_owned).to_vec(),
        rows: points
            .iter()
            .zip(names)
            .filter(|(point, _)| point.count > 0)
            .map(|(point, name)| {
                vec![name, cell(point.p50), cell(point.p75), cell(point.p95), format::count(point.count)]
            })
            .collect(),
    })
}

fn token(name: &str) -> Color {
    Color::Value(format!("var(--color-{name})"))
}

/// As few digits as can be seen.
fn number(vital: Vital, value: Option<f64>) -> DataPoint {
    let per_unit = if vital == Vital::Cls { 10_000.0 } else { 1.0 };
    DataPoint::from(CompositeValue::from(value.map(|value| (value * per_unit).round() / per_unit)))
}

/// Whether a value has no neighbour that a line could lead to; such ones need a dot to be seen.
fn stands_alone(points: &[Point], value: fn(&Point) -> Option<f64>) -> bool {
    let known = |at: Option<usize>| at.and_then(|at| points.get(at)).and_then(value).is_some();
    (0..points.len()).any(|at| known(Some(at)) && !known(at.checked_sub(1)) && !known(Some(at + 1)))
}

/// Steps of 1, 2, 2.5 or 5 at which about four grid lines stand, and the top of the axis.
fn scale(largest: f64) -> (f64, f64) {
    let rough = largest * 1.05 / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|of| of * power).find(|step| *step >= rough).unwrap_or(rough);
    (tidy(step), tidy((largest * 1.05 / step).ceil() * step))
}

/// Without the dust of binary fractions.
fn tidy(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Good, needs improvement and poor, as far as the axis reaches.
fn bands(vital: Vital, top: f64) -> [Option<MarkArea>; 3] {
    let (good, needs_improvement) = vital.thresholds();
    [("good", 0.0, good), ("needs-improvement", good, needs_improvement), ("poor", needs_improvement, f64::INFINITY)]
        .map(|(name, low, high)| {
            let end = |at: f64| MarkAreaData::new().y_axis(at.to_string());
            (low < top).then(|| {
                MarkArea::new()
                    .silent(true)
                    .item_style(ItemStyle::new().color(token(&format!("{name}-fill"))).opacity(0.07))
                    .data(vec![(end(low), end(high.min(top)))])
            })
        })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use domain::{
        accounts::Actor,
        rum::{Basis, Granularity, Percentile},
    };

    use super::*;

    fn series(vital: Vital, values: &[Option<f64>]) -> Series {
        let from: DateTime<Utc> = "2026-11-20T00:00:00Z".parse().unwrap();
        let point = |(at, p75): (usize, &Option<f64>)| Point {
            at: from + TimeDelta::days(at as i64),
            count: if p75.is_some() { 120 } else { 0 },
            value: *p75,
            before: None,
            p50: p75.map(|value| value * 0.6),
            p75: *p75,
            p95: p75.map(|value| value * 1.9),
            shares: None,
        };
        Series {
            vital,
            percentile: Percentile::P75,
            basis: Basis::Sketches,
            granularity: Granularity::Day,
            points: values.iter().enumerate().map(point).collect(),
        }
    }

    fn chart(vital: Vital, values: &[Option<f64>]) -> Option<ChartView> {
        trend_chart(&series(vital, values), Period::FourWeeks, LocalTime::of(&Actor::Nobody))
    }

    #[test]
    fn the_trend_of_lcp() {
        let chart = chart(Vital::Lcp, &[Some(2_310.4), None, Some(2_544.0), Some(2_701.5)]).unwrap();
        let option: serde_json::Value = serde_json::from_str(&chart.option).unwrap();
        insta::assert_json_snapshot!("trend_of_lcp", option);
        insta::assert_json_snapshot!("trend_of_lcp_as_table", (chart.label, chart.columns, chart.rows));
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(chart(Vital::Lcp, &[None, None]), None);
        assert_eq!(chart(Vital::Lcp, &[]), None);
    }

    #[test]
    fn the_axis_ends_on_a_whole_step_above_every_value() {
        for largest in [0.004, 0.09, 0.1, 87.0, 200.0, 2_500.0, 4_389.6, 59_000.0, 600_000.0] {
            let (step, top) = scale(largest);
            let steps = top / step;
            assert!(
                top > largest && (steps - steps.round()).abs() < 1e-6 && (2.0..=6.0).contains(&steps),
                "{largest}: {step} {top}"
            );
        }
    }

    #[test]
    fn the_good_threshold_is_always_in_sight() {
        let chart = chart(Vital::Inp, &[Some(20.0), Some(25.0)]).unwrap();
        let option: serde_json::Value = serde_json::from_str(&chart.option).unwrap();
        assert!(option["yAxis"]["max"].as_f64().unwrap() > 200.0);
    }
}
