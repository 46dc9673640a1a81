//! What changed between two sides, and what the difference is made of.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{
        Basis, By, Changes, Comparison, Device, Dimension, Filter, Granularity, Pair, Query, SegmentChange, Side,
        SideFigures, Sides, ViewSketch, VitalSketch, decompose,
    },
};

use super::{
    judgement::judge,
    question::{Question, Range, Rows},
};
use crate::{Engine, Result};

/// Segments of the answer at most.
const ROWS: usize = 50;

/// A page group and a kind of device, where segments are told by them.
type Segment = (Option<Arc<str>>, Option<Device>);

/// Sets two sides beside each other; see [`decompose`]. Segments are page groups and devices
/// where sketches tell both, otherwise devices.
pub async fn changes(engine: &Engine, actor: &Actor, project: ProjectId, asked: &Comparison) -> Result<Changes> {
    let (before, after, granularity) = asked.sides(engine.now());
    let by = segments_by(&before.filter, &after.filter);
    let before = side(engine, actor, project, asked, before, granularity, by).await?;
    let after = side(engine, actor, project, asked, after, granularity, by).await?;
    let query = &asked.query;

    let names: BTreeSet<&Segment> = before.segments.keys().chain(after.segments.keys()).collect();
    let (names, pairs): (Vec<Segment>, Vec<Pair>) = names
        .into_iter()
        .map(|name| {
            let of = |side: &Told| side.segments.get(name).cloned().unwrap_or_default();
            (name.clone(), Pair { before: of(&before), after: of(&after) })
        })
        .unzip();
    let enough = before.figures.state.shows_value() && after.figures.state.shows_value();
    let made_of = decompose(&pairs, query.percentile.quantile()).filter(|_| enough);
    let mut segments: Vec<SegmentChange> = Vec::new();
    let mut devices: BTreeMap<Device, (f64, f64)> = BTreeMap::new();
    if let Some(made_of) = &made_of {
        for (((page_group, device), pair), contribution) in names.into_iter().zip(&pairs).zip(&made_of.contributions) {
            if let Some(device) = device {
                let parts = devices.entry(device).or_default();
                parts.0 += contribution.part_before;
                parts.1 += contribution.part_after;
            }
            let shown = |sketch: &VitalSketch| {
                let judged = judge(query.vital, sketch, query.percentile);
                judged.value.filter(|_| judged.state.shows_value())
            };
            segments.push(SegmentChange {
                device,
                page_group: page_group.map(|group| group.to_string()),
                count: (pair.before.count(), pair.after.count()),
                value: (shown(&pair.before), shown(&pair.after)),
                vital: query.vital,
                contribution: *contribution,
            });
        }
    }
    let total_segments = u32::try_from(segments.len()).unwrap_or(u32::MAX);
    let moves = |segment: &SegmentChange| segment.contribution.within.abs() + segment.contribution.mix.abs();
    segments.sort_by(|a, b| moves(b).total_cmp(&moves(a)));
    segments.truncate(ROWS);
    Ok(Changes {
        comparison: asked.clone(),
        good: made_of.as_ref().map(|made_of| made_of.good),
        good_total: made_of.as_ref().map(|made_of| made_of.good_total),
        good_within: made_of.as_ref().map(|made_of| made_of.good_within),
        good_mix: made_of.as_ref().map(|made_of| made_of.good_mix),
        percentile: made_of.as_ref().map(|made_of| made_of.percentile),
        percentile_total: made_of.as_ref().map(|made_of| made_of.percentile_total),
        before: before.figures,
        after: after.figures,
        segments,
        total_segments,
        devices: devices.into_iter().map(|(device, (before, after))| (device, before, after)).collect(),
    })
}

/// What segments are told by: page groups, unless only raw rows could tell them.
fn segments_by(before: &Filter, after: &Filter) -> Dimension {
    let has_others = |filter: &Filter| {
        filter.tag.is_some()
            || filter.narrowed().any(|(dimension, _)| !matches!(dimension, Dimension::Device | Dimension::PageGroup))
    };
    // Two page groups have no page group in common.
    let two_groups = before.page_group != after.page_group;
    if two_groups || has_others(before) || has_others(after) { Dimension::Device } else { Dimension::PageGroup }
}

/// One side: its figures, and the vital's values by segment.
struct Told {
    figures: SideFigures,
    segments: BTreeMap<Segment, VitalSketch>,
}

async fn side(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    asked: &Comparison,
    side: Side,
    granularity: Granularity,
    by: Dimension,
) -> Result<Told> {
    let Side { range, filter } = side;
    let query = Query { filter, ..asked.query.clone() };
    let question = Question::ask(engine, actor, project, &query).await?;
    let (rows, basis) = question.rows(Some(&By::Dimension(by)), granularity, range).await?;
    let all = rows.merged(&[query.vital])?;
    Ok(Told { figures: figures(&query, range, basis, &all), segments: segments(&query, &rows, by, asked)? })
}

fn figures(query: &Query, (from, to): Range, basis: Basis, all: &ViewSketch) -> SideFigures {
    let vital = all.vital(query.vital);
    let judged = judge(query.vital, vital, query.percentile);
    SideFigures {
        from,
        to,
        basis,
        page_views: all.page_views(),
        count: vital.count(),
        value: judged.value,
        interval: judged.interval,
        shares: vital.shares(),
        state: judged.state,
    }
}

/// The vital's values by segment. Where devices are what is compared, they tell no segments apart.
fn segments(query: &Query, rows: &Rows, by: Dimension, asked: &Comparison) -> Result<BTreeMap<Segment, VitalSketch>> {
    let devices_differ = matches!(asked.sides, Sides::Values { dimension: Dimension::Device, .. });
    let mut segments: BTreeMap<Segment, VitalSketch> = BTreeMap::new();
    for row in rows.iter() {
        let page_group = (by == Dimension::PageGroup).then(|| Arc::clone(&row.key));
        let device = (!devices_differ).then_some(row.device);
        row.merge_vital_into(query.vital, segments.entry((page_group, device)).or_default())?;
    }
    Ok(segments)
}
