//! The spread of a vital as bars in the colours of their ratings: a pure function.

use charming::{
    Chart,
    component::Axis,
    datatype::{DataPoint, DataPointItem},
    element::{AxisLabel, AxisType, ItemStyle, Tooltip, Trigger},
    series,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::rum::{Bar, Histogram, Rating, Vital};

use super::trend_chart::token;
use crate::ui::{
    chart::{ChartView, file_name},
    format,
};

/// `None` where nothing was measured. Of the whole buckets from the first moment up to the second.
pub fn distribution_chart(histogram: &Histogram, (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Option<ChartView> {
    let Histogram { vital, bars, .. } = histogram;
    if bars.is_empty() {
        return None;
    }
    let names: Vec<String> = bars.iter().map(|bar| name(*vital, bar)).collect();
    let point = |bar: &Bar, name: &String| {
        let percent = (bar.share * 10_000.0).round() / 100.0;
        let style = ItemStyle::new().color(token(colour(bar.rating)));
        DataPoint::from(DataPointItem::new(percent).name(name.clone()).item_style(style))
    };
    let points: Vec<DataPoint> = bars.iter().zip(&names).map(|(bar, name)| point(bar, name)).collect();
    let chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Axis).value_formatter("@percent"))
        .x_axis(Axis::new().type_(AxisType::Category).data(names.clone()))
        .y_axis(Axis::new().type_(AxisType::Value).min(0).axis_label(AxisLabel::new().formatter("@percent")))
        .series(series::Bar::new().name("Page views").data(points));
    Some(ChartView {
        option: serde_json::to_string(&chart).ok()?,
        label: format!("How {} is spread over page views", vital.long_title()),
        file: file_name(&format!("{} spread", vital.title()), from, to - TimeDelta::seconds(1)),
        columns: [vital.title(), "Rating", "Page views"].map(str::to_owned).to_vec(),
        rows: bars
            .iter()
            .zip(names)
            .map(|(bar, name)| vec![name, bar.rating.words().to_owned(), format::share(bar.share)])
            .collect(),
    })
}

/// "0–250 ms", "over 9 s".
fn name(vital: Vital, bar: &Bar) -> String {
    match bar.to {
        Some(to) => format::interval(vital, bar.from, to),
        None => format!("over {}", format::vital(vital, bar.from)),
    }
}

pub const fn colour(rating: Rating) -> &'static str {
    match rating {
        Rating::Good => "good-fill",
        Rating::NeedsImprovement => "needs-improvement-fill",
        Rating::Poor => "poor-fill",
    }
}

#[cfg(test)]
mod tests {
    use domain::rum::{Basis, VitalSketch, Weight};

    use super::*;

    fn days() -> (DateTime<Utc>, DateTime<Utc>) {
        ("2026-11-01T00:00:00Z".parse().unwrap(), "2026-11-03T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_spread_of_cls() {
        let mut sketch = VitalSketch::default();
        for value in [0.0, 0.0, 0.02, 0.09, 0.12, 0.4] {
            sketch.add(Vital::Cls, value, Weight::ONE);
        }
        let chart = distribution_chart(&Histogram::of(Vital::Cls, &sketch, Basis::Sketches), days()).unwrap();
        assert_eq!(chart.file, "cls-spread-2026-11-01-to-2026-11-02");
        let option: serde_json::Value = serde_json::from_str(&chart.option).unwrap();
        let bars = option["series"][0]["data"].as_array().unwrap();
        assert_eq!(bars.len(), chart.rows.len());
        let of = |colour: &str| {
            bars.iter()
                .filter(|bar| bar["itemStyle"]["color"] == format!("var(--color-{colour}-fill)"))
                .map(|bar| bar["value"].as_f64().unwrap())
                .sum::<f64>()
        };
        assert!((of("good") - 66.67).abs() < 0.1 && (of("poor") - 16.67).abs() < 0.1, "{option}");
        assert_eq!(chart.columns, ["CLS", "Rating", "Page views"]);
    }

    #[test]
    fn nothing_measured_draws_nothing() {
        assert_eq!(
            distribution_chart(&Histogram::of(Vital::Lcp, &VitalSketch::default(), Basis::Sketches), days()),
            None
        );
    }
}
