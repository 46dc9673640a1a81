//! What became of the beacons of a period, and whether they still come as they use to.

use chrono::TimeDelta;
use domain::{
    ProjectId,
    accounts::{Action, Actor},
    projects::{AllowedOrigin, Origin, Project},
    rum::{
        Bot, BotCount, DropReason, Flow, Granularity, Health, Period, Query, RefusedOrigin, Sampling, TimeRange,
        ViewSketch, Vital, WithBots,
    },
};
use url::Url;

use super::{
    judgement::judge,
    question::{Question, Range},
};
use crate::{
    Engine, Result, projects,
    rum::{health_store, read_store},
};

/// Counts, refused origins, sampling and clocks.
pub async fn health(engine: &Engine, actor: &Actor, project: ProjectId, period: Period) -> Result<Health> {
    let of = projects::project(engine, actor, project).await?;
    let now = engine.now();
    let (from, to) = period.range(now);
    let query = Query { period, ..Query::default() };
    let question = Question::ask(engine, actor, project, &query).await?;
    let people = question.rows(None, question.granularity(), (from, to)).await?.0.merged(&[])?;
    let hour = Granularity::Hour.floor(now) - TimeDelta::hours(1);
    let mut db = engine.db.acquire().await?;
    let mut health = Health {
        from,
        to,
        flow: Flow {
            hour,
            now: health_store::page_views_in_hour(&mut db, project, hour).await?,
            week_ago: health_store::page_views_in_hour(&mut db, project, hour - TimeDelta::days(7)).await?,
        },
        volume: health_store::volume(&mut db, project, (from, to), period.granularity(now)).await?,
        refused_origins: refused_origins(&of, health_store::refused_origins(&mut db, project, from).await?),
        sampling: Sampling { page_views: people.counted(), stand_for: people.weight() },
        clocks: health_store::clocks(&mut db, project, (from, to)).await?,
        ..Health::default()
    };
    count(&mut health, read_store::outcomes(&mut db, project, (from, to)).await?);
    Ok(health)
}

/// The counts alone, of any range. Beacons are counted by the hour: the range is widened to whole ones.
pub async fn health_between(engine: &Engine, actor: &Actor, project: ProjectId, range: TimeRange) -> Result<Health> {
    projects::authorize(engine, actor, project, Action::ReadFieldData).await?;
    let TimeRange { from, to } = range.widened(Granularity::Hour);
    let mut health = Health { from, to, ..Health::default() };
    count(&mut health, read_store::outcomes(&mut *engine.db.acquire().await?, project, (from, to)).await?);
    Ok(health)
}

fn count(health: &mut Health, outcomes: Vec<(String, u64)>) {
    for (outcome, count) in outcomes {
        match outcome.split_once(':') {
            None if outcome == "page_view" => health.page_views += count,
            None if outcome == "update" => health.updates += count,
            None if outcome == "left_out" => health.left_out += count,
            None => health.repeats += count,
            Some(("rejected", reason)) => {
                if let Some(reason) = DropReason::parse(reason) {
                    *health.rejected.entry(reason).or_default() += count;
                }
            }
            Some(("value", fault)) => *health.refused_values.entry(fault.to_owned()).or_default() += count,
            Some(("bot", bot)) => {
                if let Some((class, reason)) =
                    bot.split_once(':').and_then(|(class, reason)| Some((Bot::parse(class)?, reason)))
                {
                    health.bots.push(BotCount { class, reason: reason.to_owned(), page_views: count });
                }
            }
            Some(_) => {}
        }
    }
    health.bots.sort_by(|a, b| b.page_views.cmp(&a.page_views).then_with(|| a.reason.cmp(&b.reason)));
    health.stored = health.page_views + health.updates + health.repeats;
    health.received = health.stored + health.left_out + health.rejected.values().sum::<u64>();
}

/// Those that are still refused.
fn refused_origins(project: &Project, stored: Vec<RefusedOrigin>) -> Vec<RefusedOrigin> {
    stored
        .into_iter()
        .filter_map(|refused| {
            let origin = Url::parse(&refused.origin).ok().and_then(|url| Origin::of(&url));
            let is_allowed = |origin: &Origin| project.origins.iter().any(|allowed| allowed.allows(origin));
            if origin.as_ref().is_some_and(is_allowed) {
                return None;
            }
            // As itself alone: what a stranger sends may look like a pattern.
            let can_be_allowed = !refused.origin.contains('*')
                && AllowedOrigin::parse(&refused.origin)
                    .is_ok_and(|allowed| origin.is_some_and(|origin| allowed.as_str() == origin.as_str()));
            Some(RefusedOrigin { can_be_allowed, ..refused })
        })
        .collect()
}

/// What the core vitals would be if suspects and bots counted: from raw rows, because sketches
/// have people only.
pub async fn with_bots(engine: &Engine, actor: &Actor, project: ProjectId, period: Period) -> Result<WithBots> {
    let query = Query { period, ..Query::default() };
    let question = Question::ask(engine, actor, project, &query).await?;
    let range: Range = period.range(engine.now());
    let (mut people, mut others) = (ViewSketch::default(), ViewSketch::default());
    let basis = question
        .page_views(None, range, false, |row| if row.human { &mut people } else { &mut others }.add(&row.measured))
        .await?;
    let mut all = people.clone();
    all.merge(&others);
    let value = |sketch: &ViewSketch, vital: Vital| {
        let judged = judge(vital, sketch.vital(vital), query.percentile);
        judged.value.filter(|_| judged.state.shows_value())
    };
    Ok(WithBots {
        basis,
        people: people.counted(),
        others: others.counted(),
        p75: Vital::CORE.map(|vital| (vital, value(&people, vital), value(&all, vital))).to_vec(),
    })
}
