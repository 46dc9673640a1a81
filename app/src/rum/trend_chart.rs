//! The trend as a chart: a pure function from the series to ECharts' option, reviewed as a
//! snapshot. The chosen percentile is the strong line; p50 and p95 are thin, and the period
//! before is dotted. The thresholds are soft bands behind them; `trend_marks.rs` marks what happened.

use charming::{
    Chart,
    component::{Axis, DataZoom, DataZoomType, Grid},
    datatype::{CompositeValue, DataPoint},
    element::{
        AreaStyle, AxisLabel, AxisType, Color, ItemStyle, LineStyle, LineStyleType, MarkArea, MarkAreaData, Tooltip,
        Trigger,
    },
    series::Line,
};
use domain::rum::{Percentile, Period, Point, Query, Series, Vital};

use super::{
    base::Base,
    trend_marks::{self, Marks, deploys_in, incidents_in},
};
use crate::{
    local_time::LocalTime,
    ui::{
        chart::{ChartView, file_name},
        format,
    },
};

/// `None` where no bucket has a value: there is nothing to draw.
pub fn trend_chart(series: &Series, period: Period, clock: LocalTime) -> Option<ChartView> {
    let (vital, chosen) = (series.vital, series.percentile.as_str());
    let points = &series.points;
    let largest = points
        .iter()
        .filter_map(|point| [point.p95, point.value].into_iter().flatten().reduce(f64::max))
        .reduce(f64::max)?;
    let marks = Marks { timeline: series.timeline(), deploys: &series.deploys, incidents: &series.incidents };
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
    let main = line(chosen, |point| point.value, strong, "primary", good);
    let before = format!("{chosen} before");
    // Bands hang on lines, one each.
    let mut chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Axis).value_formatter(formatter))
        .grid(grid())
        .data_zoom(DataZoom::new().type_(DataZoomType::Inside))
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
    let mut option = serde_json::to_value(&chart).ok()?;
    // The chosen percentile's line is the second, and always there.
    trend_marks::mark(&mut option, 1, marks);
    Some(ChartView {
        option: finished(option)?,
        label: format!(
            "{} at {chosen}, with {} and {}, {}",
            vital.long_title(),
            lower.as_str(),
            upper.as_str(),
            period.words().to_lowercase()
        ),
        file: file_name(&format!("{} trend {chosen}", vital.title()), points.first()?.at, points.last()?.at),
        columns: ["When", lower.as_str(), chosen, upper.as_str(), &before, "Page views", "Deploys", "Incidents"]
            .map(str::to_owned)
            .to_vec(),
        rows: points
            .iter()
            .zip(names)
            .enumerate()
            .filter(|(at, (point, _))| {
                point.count > 0 || point.before.is_some() || !incidents_in(marks, *at).is_empty()
            })
            .map(|(at, (point, name))| {
                vec![
                    name,
                    cell(of_lower(point)),
                    cell(point.value),
                    cell(of_upper(point)),
                    cell(point.before),
                    format::count(point.count),
                    deploys_in(marks, at),
                    incidents_in(marks, at),
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

/// Page views a bucket, under the trend and on its axis; `None` where there is no trend.
pub fn page_views_chart(series: &Series, clock: LocalTime) -> Option<ChartView> {
    let points = &series.points;
    let most = points.iter().map(|point| point.count).max().filter(|most| *most > 0)?;
    let names: Vec<String> = points.iter().map(|point| clock.bucket(series.granularity, point.at)).collect();
    let counts: Vec<i64> = points.iter().map(|point| i64::try_from(point.count).unwrap_or(i64::MAX)).collect();
    // Two grid lines do: its room is low.
    let top = scale((most as f64).max(2.0)).1;
    let chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Axis).value_formatter("@count"))
        .grid(grid().bottom(9))
        .x_axis(
            Axis::new()
                .type_(AxisType::Category)
                .boundary_gap(points.len() < 2)
                .axis_label(AxisLabel::new().show(false))
                .data(names),
        )
        .y_axis(
            Axis::new()
                .type_(AxisType::Value)
                .min(0)
                .max(top)
                .interval(top)
                .axis_label(AxisLabel::new().formatter("@count")),
        )
        .series(
            Line::new()
                .name("Page views")
                .data(counts)
                .show_symbol(points.len() < 2)
                .line_style(LineStyle::new().width(1).color(token("series-1")))
                .item_style(token("series-1"))
                .area_style(AreaStyle::new().color(token("series-1")).opacity(0.25)),
        );
    Some(ChartView {
        option: finished(serde_json::to_value(&chart).ok()?)?,
        label: format!("Page views that reported {}", series.vital.title()),
        file: file_name("page views", points.first()?.at, points.last()?.at),
        columns: Vec::new(),
        rows: Vec::new(),
    })
}

/// As wide on both sides for all charts of one axis, so that their points stand below each other.
pub fn grid() -> Grid {
    Grid::new().left(56).right(12).top(12).bottom(24)
}

/// With what the chart library knows, and `charming` has no word for.
pub fn finished(mut option: serde_json::Value) -> Option<String> {
    option["grid"][0]["outerBoundsMode"] = "none".into();
    if let Some(axis) = option.get_mut("xAxis").map(|axes| if axes.is_array() { &mut axes[0] } else { axes }) {
        // The last name is there, and ends where the line does instead of outside the drawing.
        axis["axisLabel"]["showMaxLabel"] = true.into();
        axis["axisLabel"]["alignMaxLabel"] = "right".into();
    }
    if let Some(zoom) = option.get_mut("dataZoom").and_then(|zooms| zooms.get_mut(0)) {
        // The wheel alone scrolls the page; dragging marks days (style/chart-zoom.ts).
        zoom["zoomOnMouseWheel"] = "ctrl".into();
        zoom["moveOnMouseMove"] = false.into();
        zoom["preventDefaultMouseMove"] = false.into();
    }
    serde_json::to_string(&option).ok()
}

/// Where marking a part of the trend leads to, for `public/page.js`: the address of the view in chosen days, to which it adds
/// the first and the last; and the day that each point lies in.
pub fn zoom(series: &Series, base: &Base, query: &Query) -> String {
    let mut params = base.params(&Query { period: Period::default(), ..query.clone() });
    params.push(("period", "custom".to_owned()));
    let days: Vec<String> = series.points.iter().map(|point| point.at.date_naive().to_string()).collect();
    serde_json::json!({ "href": crate::routes::with_params(&base.path, params), "days": days }).to_string()
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
pub fn scale(largest: f64) -> (f64, f64) {
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
        projects::{Deploy, Incident, Release},
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
            incidents: vec![
                Incident {
                    at: from - TimeDelta::hours(9),
                    until: Some(from + TimeDelta::hours(30)),
                    note: "The cache was cold".to_owned(),
                },
                Incident { at: from + TimeDelta::hours(74), until: None, note: "Images are away".to_owned() },
            ],
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
    fn page_views_stand_below_the_trend_on_its_axis() {
        let series = series(Vital::Lcp, &[Some(2_310.4), None, Some(2_544.0)]);
        let read = |chart: ChartView| serde_json::from_str::<serde_json::Value>(&chart.option).unwrap();
        let views = read(page_views_chart(&series, LocalTime::of(&Actor::Nobody)).unwrap());
        let trend = read(trend_chart(&series, Period::FourWeeks, LocalTime::of(&Actor::Nobody)).unwrap());
        assert_eq!(views["xAxis"]["data"], trend["xAxis"]["data"]);
        assert_eq!(
            (&views["grid"][0]["left"], &views["grid"][0]["right"]),
            (&trend["grid"][0]["left"], &trend["grid"][0]["right"])
        );
        assert_eq!(views["series"][0]["data"], serde_json::json!([120, 0, 120]));
    }

    #[test]
    fn a_marked_part_leads_to_its_days_under_the_same_filter() {
        let query = Query { vital: Vital::Inp, period: Period::Week, ..Query::default() };
        let zoom = zoom(&series(Vital::Inp, &[Some(20.0), None]), &Base::of("/demo".to_owned()), &query);
        let zoom: serde_json::Value = serde_json::from_str(&zoom).unwrap();
        assert_eq!(zoom["href"], "/demo?vital=inp&period=custom");
        assert_eq!(zoom["days"], serde_json::json!(["2026-11-20", "2026-11-21"]));
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
