//! What single page views tell of one page group.

use std::collections::BTreeMap;

use domain::{
    Invalid, ProjectId,
    accounts::Actor,
    rum::{Device, DeviceParts, Measured, PageGroupView, Part, PartSums, PathRow, Query, State, ViewSketch, Weight},
};

use super::{judgement::judge, question::Question};
use crate::{Engine, Error, Result, rum::view_store::ViewRow};

/// Page views that are read at most.
const MOST: u32 = 10_000;

/// Paths of the answer at most.
const PATHS: usize = 50;

/// Newest page views of the answer.
const NEWEST: usize = 20;

/// Parts, paths and newest page views of the query's page group, from its newest 10,000 page views
/// of the period at most. `Invalid` where the query names none.
pub async fn page_group_view(
    engine: &Engine,
    actor: &Actor,
    project: ProjectId,
    query: &Query,
) -> Result<PageGroupView> {
    let question = Question::ask(engine, actor, project, query).await?;
    if question.filter.page_group.is_none() {
        return Err(Invalid::new("page_group", "Choose a page group from the list of pages.").into());
    }
    let (rows, cut_at) = question.newest(query.period.range(engine.now()), MOST).await?;
    let (paths, total_paths) = paths(&rows, query)?;
    Ok(PageGroupView {
        page_views: rows.len() as u64,
        cut_at,
        parts: parts(&rows),
        vital: query.vital,
        paths,
        total_paths,
        newest: rows.into_iter().take(NEWEST).map(|row| row.line).collect(),
    })
}

fn parts(rows: &[ViewRow]) -> Vec<DeviceParts> {
    let mut by_device: BTreeMap<Device, (PartSums, PartSums)> = BTreeMap::new();
    for row in rows {
        let (lcp, inp) = by_device.entry(row.line.device).or_default();
        lcp.add(Part::LCP, row.line.lcp_parts, row.weight);
        inp.add(Part::INP, row.line.inp_parts, row.weight);
    }
    by_device
        .into_iter()
        .map(|(device, (lcp, inp))| DeviceParts { device, lcp: lcp.finish(), inp: inp.finish() })
        .collect()
}

/// The paths with most page views, and how many there are.
fn paths(rows: &[ViewRow], query: &Query) -> Result<(Vec<PathRow>, u32)> {
    let mut by_path: BTreeMap<&str, ViewSketch> = BTreeMap::new();
    for row in rows {
        let weight = i32::try_from(row.weight).ok().and_then(Weight::from_thousandths);
        let weight = weight.ok_or_else(|| Error::internal("a page view of an impossible weight"))?;
        by_path.entry(&row.line.path).or_default().add(&Measured { vitals: row.line.vitals, weight });
    }
    let total = u32::try_from(by_path.len()).unwrap_or(u32::MAX);
    let mut paths: Vec<PathRow> = by_path
        .into_iter()
        .map(|(path, sketch)| {
            let vital = sketch.vital(query.vital);
            let judged = judge(query.vital, vital, query.percentile);
            let shows = judged.state.shows_value();
            PathRow {
                path: path.to_owned(),
                page_views: sketch.page_views(),
                count: vital.count(),
                value: judged.value.filter(|_| shows),
                good: vital.shares().filter(|_| shows).map(|shares| shares.good),
                state: if vital.count() == 0 { State::NoData } else { judged.state },
            }
        })
        .collect();
    paths.sort_by(|a, b| b.page_views.cmp(&a.page_views).then_with(|| a.path.cmp(&b.path)));
    paths.truncate(PATHS);
    Ok((paths, total))
}
