//! A vital by the hour of the week as a heat map: a pure function. A cell's colour is its rating, and a sign in it says the
//! same to whom the colour does not.

use charming::{
    Chart,
    component::{Axis, Grid},
    element::{AxisType, Tooltip, Trigger},
    series::Heatmap,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::rum::{HeatCell, HeatMap, Rating, State, Vital};
use serde_json::{Value, json};

use super::distribution_chart::colour;
use crate::ui::{
    chart::{ChartView, file_name},
    format,
};

const DAYS: [&str; HeatMap::DAYS] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The sign of a rating in a cell; what is good needs none.
pub const fn sign(rating: Rating) -> &'static str {
    match rating {
        Rating::Good => "",
        Rating::NeedsImprovement => "–",
        Rating::Poor => "×",
    }
}

/// `None` where no hour has a value to show. Of the time from the first moment up to the second.
pub fn heat_map_chart(map: &HeatMap, (from, to): (DateTime<Utc>, DateTime<Utc>)) -> Option<ChartView> {
    if map.cells.iter().all(|cell| cell.value.is_none()) {
        return None;
    }
    let vital = map.vital;
    let hours: Vec<String> = (0..HeatMap::HOURS).map(|hour| format!("{hour:02}:00")).collect();
    let formatter = if vital == Vital::Cls { "@cls" } else { "@ms" };
    let chart = Chart::new()
        .tooltip(Tooltip::new().trigger(Trigger::Item).value_formatter(formatter))
        .grid(Grid::new().left(36).right(0).top(0).bottom(24))
        .x_axis(Axis::new().type_(AxisType::Category).data(hours.clone()))
        .y_axis(Axis::new().type_(AxisType::Category).inverse(true).data(DAYS.to_vec()))
        .series(Heatmap::new().name(format!("{} {}", vital.title(), map.percentile.as_str())));
    let mut option = serde_json::to_value(&chart).ok()?;
    option["grid"][0]["outerBoundsMode"] = json!("none");
    // Items with a style each, for which `charming` has no word.
    option["series"][0]["data"] =
        map.cells.iter().enumerate().map(|(at, cell)| drawn(vital, at, &hours, cell)).collect();
    let told = |cell: &HeatCell| match cell.value {
        Some(value) => format::vital(vital, value).to_string(),
        None => "–".to_owned(),
    };
    Some(ChartView {
        option: serde_json::to_string(&option).ok()?,
        label: format!("{} at {}, by the hour of the week", vital.long_title(), map.percentile.as_str()),
        file: file_name(
            &format!("{} hours {}", vital.title(), map.percentile.as_str()),
            from,
            to - TimeDelta::seconds(1),
        ),
        columns: std::iter::once("Hour").chain(DAYS).map(str::to_owned).collect(),
        rows: hours
            .iter()
            .enumerate()
            .map(|(hour, name)| {
                let of = |day| map.cells.get(day * HeatMap::HOURS + hour).map(told).unwrap_or_default();
                std::iter::once(name.clone()).chain((0..HeatMap::DAYS).map(of)).collect()
            })
            .collect(),
    })
}

/// The cell at this hour of the week, the week's first being 0.
fn drawn(vital: Vital, at: usize, hours: &[String], cell: &HeatCell) -> Value {
    let (day, hour) = (at / HeatMap::HOURS, at % HeatMap::HOURS);
    let name = format!("{}, {}, {}", DAYS[day % DAYS.len()], hours[hour], counted(cell));
    let per_unit = if vital == Vital::Cls { 10_000.0 } else { 1.0 };
    let value = cell.value.map(|value| (value * per_unit).round() / per_unit);
    let mut item = json!({ "name": name, "value": [hour, day, value.map_or(json!("-"), Value::from)] });
    if let Some(value) = cell.value {
        let rating = vital.rate(value);
        // What may be chance is pale.
        let opacity = if cell.state == State::Stable { 0.85 } else { 0.45 };
        item["itemStyle"] = json!({
            "color": format!("var(--color-{})", colour(rating)), "opacity": opacity,
            "borderColor": "var(--color-base-100)", "borderWidth": 1,
        });
        item["label"] = json!({ "show": true, "formatter": sign(rating), "color": "var(--color-base-content)" });
    }
    item
}

fn counted(cell: &HeatCell) -> String {
    format::counted(cell.count, "page view", "page views")
}

#[cfg(test)]
mod tests {
    use domain::rum::{Basis, Percentile};

    use super::*;

    fn map(values: &[(usize, f64, State)]) -> HeatMap {
        let mut cells = vec![HeatCell { count: 0, value: None, state: State::NoData }; HeatMap::DAYS * HeatMap::HOURS];
        for &(at, value, state) in values {
            cells[at] = HeatCell { count: 120, value: Some(value), state };
        }
        HeatMap { vital: Vital::Lcp, percentile: Percentile::P75, basis: Basis::Sketches, cells }
    }

    fn days() -> (DateTime<Utc>, DateTime<Utc>) {
        ("2026-10-29T00:00:00Z".parse().unwrap(), "2026-11-26T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_hours_of_lcp() {
        let of = [(0, 1_900.4, State::Stable), (38, 2_600.0, State::Provisional), (167, 4_100.0, State::Stable)];
        let chart = heat_map_chart(&map(&of), days()).unwrap();
        let mut option: Value = serde_json::from_str(&chart.option).unwrap();
        let cells = option["series"][0]["data"].take();
        insta::assert_json_snapshot!("hours_of_lcp", option);
        let told: Vec<_> = of.iter().map(|(at, ..)| &cells[*at]).collect();
        insta::assert_json_snapshot!("hours_of_lcp_cells", told);
        assert_eq!(cells.as_array().unwrap().len(), 168);
        assert_eq!(chart.file, "lcp-hours-p75-2026-10-29-to-2026-11-25");
        assert_eq!(chart.columns, ["Hour", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
        assert_eq!(chart.rows[0][..2], ["00:00", "1.90\u{a0}s"]);
        assert_eq!(chart.rows[14][..3], ["14:00", "–", "2.60\u{a0}s"]);
        assert_eq!(chart.rows[23][7], "4.10\u{a0}s");
    }

    #[test]
    fn a_week_without_values_draws_nothing() {
        assert_eq!(heat_map_chart(&map(&[]), days()), None);
    }
}
