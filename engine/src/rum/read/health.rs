//! What became of the beacons of a period.

use domain::{
    ProjectId,
    accounts::Actor,
    rum::{Bot, DropReason, Health, Period},
};

use crate::{Engine, Result, projects, rum::read_store};

pub async fn health(engine: &Engine, actor: &Actor, project: ProjectId, period: Period) -> Result<Health> {
    projects::project(engine, actor, project).await?;
    let range = period.range(engine.now());
    let mut health = Health::default();
    for (outcome, count) in read_store::outcomes(&mut *engine.db.acquire().await?, project, range).await? {
        match outcome.split_once(':') {
            None if outcome == "page_view" => health.page_views += count,
            None if outcome == "update" => health.updates += count,
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
                    *health.bots.entry((class, reason.to_owned())).or_default() += count;
                }
            }
            Some(_) => {}
        }
    }
    health.stored = health.page_views + health.updates + health.repeats;
    health.received = health.stored + health.rejected.values().sum::<u64>();
    Ok(health)
}
