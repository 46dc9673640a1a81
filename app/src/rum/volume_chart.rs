//! Stored and rejected beacons over time: a pure function.

use charming::{
    Chart,
    component::Axis,
    element::{AxisLabel, AxisType, Tooltip, Trigger},
    series::Bar,
};
use domain::rum::{Granularity, Volume};

use super::trend_chart::token;
use crate::{
    local_time::LocalTime,
    ui::{
        chart::{ChartView, file_name},
        format,
    },
};

/// `None` where nothing came.
pub fn volume_chart(volume: &Volume, clock: LocalTime) -> Option<ChartView> {
    let Volume { granularity, at, stored, rejected } = volume;
    if stored.iter().chain(rejected).all(|count| *count == 0) {
        return None;
    }
    let names: Vec<String> = at.iter().map(|at| clock.bucket(granularity.unwrap_or(Granularity::Day), *at)).collect();
    let bars = |name: &str, counts: &[u64], colour: &str| {
        let counts: Vec<i64> = counts.iter().map(|count| i64::try_from(*count).unwrap_or(i64::MAX)).collect();
        Bar::new()
            .name(name)
            .stack("beacons")
            .data(counts)
            .item_style(charming::element::ItemStyle::new().color(token(colour)))
    };
    let chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Axis).value_formatter("@count"))
        .x_axis(Axis::new().type_(AxisType::Category).data(names.clone()))
        .y_axis(Axis::new().type_(AxisType::Value).min(0).axis_label(AxisLabel::new().formatter("@count")))
        .series(bars("Stored", stored, "series-1"))
        .series(bars("Rejected", rejected, "poor-fill"));
    Some(ChartView {
        option: serde_json::to_string(&chart).ok()?,
        label: "Beacons over time".to_owned(),
        file: file_name("beacons", *at.first()?, *at.last()?),
        columns: ["When", "Stored", "Rejected"].map(str::to_owned).to_vec(),
        rows: names
            .into_iter()
            .zip(stored.iter().zip(rejected))
            .filter(|(_, (stored, rejected))| **stored + **rejected > 0)
            .map(|(name, (stored, rejected))| vec![name, format::count(*stored), format::count(*rejected)])
            .collect(),
    })
}
