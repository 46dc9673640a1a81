//! The demo: ninety days of an invented shop's visitors, the same at every seeding but for the
//! clock: it ends now. Written through the same batches as real beacons.
//!
//! Planted truths, which the tests look for:
//! - the product pages are slow to paint on phones, because of the picture's load time; since a
//!   release five days ago much slower, because it begins to load late;
//! - the checkout's button reacts late everywhere, because of one function's processing;
//! - the blog shifts while its pictures load;
//! - in one week, four weeks ago, a campaign brought phones: the mix moved, no page got slower;
//! - visitors from Brazil wait long for the first byte;
//! - one night, twelve days ago, programs came by the hundred;
//! - all else is good.

mod chance;
mod shop;
mod story;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    accounts::Actor,
    billing::Plan,
    projects::{Origin, Project},
};
use sqlx::{Connection, PgConnection};
use url::Url;

use self::{shop::Shop, story::Story};
use super::{
    batch::{self, Desk},
    fold, read_store, roll_up_days, store, upkeep_store,
};
use crate::{Engine, Error, Result, projects};

pub use story::DAYS;

/// Makes the demo project and fills it, unless it has data; tells it.
pub async fn seed_demo(engine: &Engine) -> Result<Project> {
    let project = projects::ensure_demo_project(engine).await?;
    let now = engine.now();
    let mut db = engine.db.acquire().await?;
    if !read_store::ever_received(&mut db, project.id).await? {
        // Each by itself: within the transaction below, they would keep others from the table.
        for day in Story::ending(now).days() {
            upkeep_store::ensure_partition(&mut db, day.date_naive()).await?;
        }
    }
    // All or nothing, and one replica at a time: a demo that was cut short would stay so.
    let mut transaction = db.begin().await?;
    store::lock_projects(&mut transaction, &[project.id]).await?;
    let is_new = !read_store::ever_received(&mut transaction, project.id).await?;
    if is_new {
        fill(&mut transaction, &project, now).await?;
    }
    transaction.commit().await?;
    drop(db);
    let story = if is_new { Some(Story::ending(now)) } else { told_before(engine, &project).await? };
    if let Some(story) = story {
        for (at, release) in story.deploys() {
            projects::add_deploy(engine, &Actor::system(), project.id, release, Some(at), "").await?;
        }
        let (at, until, note) = story.incident();
        projects::add_incident(engine, &Actor::system(), project.id, at, Some(until), note).await?;
    }
    projects::project(engine, &Actor::system(), project.id).await
}

/// The story of a demo that is there: a program of before may have told less of it. `None` where no deploy says when it
/// ended.
async fn told_before(engine: &Engine, project: &Project) -> Result<Option<Story>> {
    let ever = (DateTime::UNIX_EPOCH, engine.now() + TimeDelta::seconds(1));
    let deploys = projects::deploys(&mut *engine.db.acquire().await?, project.id, ever).await?;
    Ok(deploys.iter().rev().find_map(|deploy| Story::of_deploy(deploy.release.as_str(), deploy.at)))
}

async fn fill(db: &mut PgConnection, project: &Project, now: DateTime<Utc>) -> Result<()> {
    let key = project
        .site_keys
        .first()
        .map(|key| key.key.clone())
        .ok_or_else(|| Error::internal("the demo has no site key"))?;
    let origin = project
        .origins
        .first()
        .and_then(|origin| Url::parse(origin.as_str()).ok())
        .and_then(|url| Origin::of(&url))
        .ok_or_else(|| Error::internal("the demo has no origin"))?;
    let story = Story::ending(now);
    let mut shop = Shop::open(project.id, key, origin, story);
    // The house's own project has no quota, whatever the plan.
    let mut desk = Desk::new(Plan::Free);
    for day in story.days() {
        let mut batch = Vec::new();
        for hour in (0..24).map(|hour| day + TimeDelta::hours(hour)).filter(|hour| *hour <= story.last_hour()) {
            shop.hour(hour, &mut batch);
        }
        batch::commit(&mut *db, &mut desk, &batch, None).await?;
        fold::fold_held(&mut *db, &[project.id]).await?;
    }
    // Not from where the project was rolled up to: the job may have closed these days while they were empty.
    let closed = roll_up_days::closed_before(now);
    for day in story.days().filter(|day| *day < closed) {
        upkeep_store::roll_up_day(&mut *db, project.id, day).await?;
    }
    upkeep_store::set_rolled_up_to(db, project.id, closed).await
}
