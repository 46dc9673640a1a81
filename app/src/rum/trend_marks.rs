//! What happened at the site, on its trend: a deploy is a thin tick, an incident a dashed one with a triangle on top, and a
//! veil for as long as it lasted. Both tell their names when they are pointed at, and stand in the table.

use domain::{
    projects::{Deploy, Incident},
    rum::Timeline,
};
use serde_json::{Value, json};

/// What happened while a trend lasted.
#[derive(Clone, Copy)]
pub struct Marks<'a> {
    pub timeline: Timeline,
    pub deploys: &'a [Deploy],
    pub incidents: &'a [Incident],
}

/// Adds the marks to a trend's option, to the line `main` and as one of their own; `charming` has no words for labels on
/// hover, nor for a style a mark.
pub fn mark(option: &mut Value, main: usize, marks: Marks<'_>) {
    let Some(drawn) = option["series"].as_array_mut() else { return };
    let on_hover = json!({ "label": { "show": true, "formatter": "{b}" } });
    let deploys: Vec<Value> = marks
        .deploys
        .iter()
        .filter_map(|deploy| {
            Some(json!({ "name": deploy.release.as_str(), "xAxis": marks.timeline.bucket_of(deploy.at)? }))
        })
        .collect();
    if let Some(main) = drawn.get_mut(main).filter(|_| !deploys.is_empty()) {
        main["markLine"] = json!({
            "symbol": ["none", "none"], "label": { "show": false, "formatter": "{b}" }, "emphasis": on_hover,
            "lineStyle": { "color": "var(--color-base-content)", "type": "solid", "width": 1, "opacity": 0.55 },
            "data": deploys,
        });
    }
    let incidents: Vec<_> = marks
        .incidents
        .iter()
        .filter_map(|incident| Some((incident.note.as_str(), marks.timeline.buckets_of(incident)?)))
        .collect();
    if incidents.is_empty() {
        return;
    }
    let begins = |(note, (from, _)): &(&str, (usize, usize))| json!({ "name": note, "xAxis": from });
    let lasts =
        |(_, (from, to)): &(&str, (usize, usize))| (from < to).then(|| json!([{ "xAxis": from }, { "xAxis": to }]));
    let style = json!({ "color": "var(--color-poor)", "type": "dashed", "width": 1.5 });
    // A line of its own that has no points: a line takes one set of marks.
    drawn.push(json!({
        "type": "line", "name": "Incidents", "data": [],
        "markLine": {
            "symbol": ["none", "triangle"], "symbolSize": 9, "label": { "show": false, "formatter": "{b}" },
            "emphasis": on_hover, "lineStyle": style, "data": incidents.iter().map(begins).collect::<Vec<_>>(),
        },
        "markArea": {
            "silent": true, "itemStyle": { "color": "var(--color-poor-fill)", "opacity": 0.14 },
            "data": incidents.iter().filter_map(lasts).collect::<Vec<_>>(),
        },
    }));
}

/// The releases of a bucket, for the table.
pub fn deploys_in(marks: Marks<'_>, at: usize) -> String {
    let of = marks.deploys.iter().filter(|deploy| marks.timeline.bucket_of(deploy.at) == Some(at));
    of.map(|deploy| deploy.release.as_str()).collect::<Vec<_>>().join(", ")
}

/// The incidents that lasted at some time of a bucket, for the table.
pub fn incidents_in(marks: Marks<'_>, at: usize) -> String {
    let lasted = |bounds: (usize, usize)| (bounds.0..=bounds.1).contains(&at);
    let of = marks.incidents.iter().filter(|incident| marks.timeline.buckets_of(incident).is_some_and(lasted));
    of.map(|incident| incident.note.as_str()).collect::<Vec<_>>().join(", ")
}
