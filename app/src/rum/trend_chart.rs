//! The trend as a chart: a pure function from the series to ECharts' option, reviewed as a
//! snapshot. the chosen percentile is the strong line; p50 and p95 are thin, and the period
//! before is dotted. Deploys are vertical ticks. The thresholds are soft bands behind them.

use charming::{
    Chart,
    component::Axis,
    datatype::{CompositeValue, DataPoint},
    element::{
        AxisLabel, AxisType, Color, ItemStyle, Label, LineStyle, LineStyleType, MarkArea, MarkAreaData, MarkLine,
        MarkLineData, MarkLineVariant, Symbol, Tooltip, Trigger,
    },
    series::Line,
};
use domain::rum::{Percentile, Period, Point, Series, Vital};

use crate::{
    local_time::LocalTime,
    ui::{chart::ChartView, format},
};

/// `None` where no bucket has a value: there is nothing to draw.
pub fn trend_chart(series: &Series, period: Period, clock: LocalTime) -> Option<ChartView> {
    let (vital, chosen) = (series.vital, series.percentile.as_str());
    let points = &series.points;
    let largest = points
        .iter()
        .filter_map(|point| [point.p95, point.value].into_iter().flatten().reduce(f64::max))
        .reduce(f64::max)?;
    let names: Vec<String> = points.iter().map(|point| clock.bucket(series.granularity, point.at)).collect();
    let (step, top) = scale(largest.max(vital.thresholds().0));
    let formatter = if vital == Vital::Cls { "@cls" } else { "@ms" };
    let [good, needs_improvement, poor] = bands(vital, top);
    let line =
        |name: &str, value: fn(&Point) -> Option<f64>, style: LineStyle, colour: &str, band: Option<MarkArea>| {
            let mut line = Line::new()
                .name(name)
                .data(points.iter().map(|point| number(vital, value(point))).collect::<Vec<_>>())
                .show_symbol(stands_alone(points, value))
                .line_style(style)
                .item_style(token(colour));
            if let Some(band) = band {
                line = line.mark_area(band);
            }
            line
        };
    let thin = LineStyle::new().width(1).color(token("muted"));
    let strong = LineStyle::new().width(2.5).color(token("primary"));
    let earlier = LineStyle::new().width(1.5).color(token("series-3")).type_(LineStyleType::Dotted);
    let [(lower, of_lower), (upper, of_upper)] = thin_lines(series.percentile);
    let mut main = line(chosen, |point| point.value, strong, "primary", good);
    if !series.deploys.is_empty() {
        main = main.mark_line(deploy_marks(series));
    }
    let before = format!("{chosen} before");
    // Bands hang on lines, one each.
    let mut chart = Chart::new()
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
        .series(line(upper.as_str(), of_upper, thin.clone().type_(LineStyleType::Dashed), "muted", poor))
        .series(main)
        .series(line(lower.as_str(), of_lower, thin, "muted", needs_improvement));
    if points.iter().any(|point| point.before.is_some()) {
        chart = chart.series(line(&before, |point| point.before, earlier, "series-3", None));
    }
    let cell =
        |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format::vital(vital, value).to_string());
    let deployed = |at: usize| {
        let releases: Vec<&str> = series
            .deploys
            .iter()
            .filter(|deploy| series.bucket_of(deploy.at) == Some(at))
            .map(|deploy| deploy.release.as_str())
            .collect();
        releases.join(", ")
    };
    Some(ChartView {
        option: with_labels_on_hover(&chart)?,
        label: format!(
            "{} at {chosen}, with {} and {}, {}",
            vital.long_title(),
            lower.as_str(),
            upper.as_str(),
            period.words().to_lowercase()
        ),
        columns: ["When", lower.as_str(), chosen, upper.as_str(), &before, "Page views", "Deploys"]
            .map(str::to_owned)
            .to_vec(),
        rows: points
            .iter()
            .zip(names)
            .enumerate()
            .filter(|(_, (point, _))| point.count > 0 || point.before.is_some())
            .map(|(at, (point, name))| {
                vec![
                    name,
                    cell(of_lower(point)),
                    cell(point.value),
                    cell(of_upper(point)),
                    cell(point.before),
                    format::count(point.count),
                    deployed(at),
                ]
            })
            .collect(),
    })
}

type Read = fn(&Point) -> Option<f64>;

/// The two that stand beside the chosen percentile.
fn thin_lines(chosen: Percentile) -> [(Percentile, Read); 2] {
    let [p50, p75, p95]: [(Percentile, Read); 3] = [
        (Percentile::P50, |point| point.p50),
        (Percentile::P75, |point| point.p75),
        (Percentile::P95, |point| point.p95),
    ];
    match chosen {
        Percentile::P50 => [p75, p95],
        Percentile::P95 => [p50, p75],
        Percentile::P75 | Percentile::P90 | Percentile::P99 => [p50, p95],
    }
}

/// A tick for each deploy, at the bucket that it fell into.
fn deploy_marks(series: &Series) -> MarkLine {
    let marks = series.deploys.iter().filter_map(|deploy| {
        let at = i64::try_from(series.bucket_of(deploy.at)?).ok()?;
        Some(MarkLineVariant::Simple(MarkLineData::new().name(deploy.release.as_str()).x_axis(at)))
    });
    MarkLine::new()
        .symbol(vec![Symbol::None, Symbol::None])
        .label(Label::new().show(false).formatter("{b}"))
        .line_style(LineStyle::new().color(token("base-content")).type_(LineStyleType::Solid).width(1).opacity(0.55))
        .data(marks.collect())
}

/// The option as JSON, in which deploys show their release when they are pointed at: what the chart
/// library knows, and `charming` has no word for.
fn with_labels_on_hover(chart: &Chart) -> Option<String> {
    let mut option = serde_json::to_value(chart).ok()?;
    for series in option["series"].as_array_mut()? {
        if let Some(marks) = series.get_mut("markLine") {
            marks["emphasis"] = serde_json::json!({ "label": { "show": true, "formatter": "{b}" } });
        }
    }
    serde_json::to_string(&option).ok()
}

pub fn token(name: &str) -> Color {
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
        projects::{Deploy, Release},
        rum::{Basis, Granularity},
    };

    use super::*;

    fn series(vital: Vital, values: &[Option<f64>]) -> Series {
        let from: DateTime<Utc> = "2026-11-20T00:00:00Z".parse().unwrap();
        let point = |(at, p75): (usize, &Option<f64>)| Point {
            at: from + TimeDelta::days(at as i64),
            count: if p75.is_some() { 120 } else { 0 },
            value: *p75,
            before: p75.map(|value| value * 1.1),
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
            deploys: vec![Deploy {
                at: from + TimeDelta::hours(60),
                release: Release::parse("2026.11.3").unwrap(),
                note: String::new(),
            }],
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
