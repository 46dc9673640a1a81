//! Fills a project with weeks of visits, fast and by the same way as real ones: the collector is
//! given each beacon with the time at which it was received.

use std::time::Instant;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ProjectId;
use engine::{
    Clock, Engine,
    config::Variables,
    jobs::Job as _,
    rum::{Arrival, Refusal, RollUpDays},
};
use secrecy::SecretString;
use tokio::task::JoinSet;
use url::Url;

use crate::{
    Result,
    generator::{Beacon, Generator, Mix},
    subject::{Project, Subject, built},
};

/// Days that the visits are spread over: those that the default view shows.
const DAYS: i64 = 28;
/// Given to the collector at once; two batches of its writer.
const AT_ONCE: usize = 4_000;

/// An engine of this process on the subject's database.
pub async fn engine(subject: &Subject) -> Result<Engine> {
    let public_url = Url::parse(&format!("http://{}", subject.address()))?;
    // A quota would sample what the benchmark fills in.
    let get = |name: &str| (name == "PERFALLY_PLAN").then(|| "agency".to_owned());
    let mut variables = Variables::new(&get);
    let mut config = engine::Config::read(
        &mut variables,
        subject.data().to_owned(),
        built("PERFALLY_ASSETS", "assets"),
        SecretString::from(subject.database_url()?),
        SecretString::from("0".repeat(64)),
        public_url,
    );
    // The spool is the server's.
    config.rum.spool = None;
    let db = engine::db::pool(&config.db)?;
    Ok(Engine::new(config, Clock::default(), db)?)
}

/// What a filling gave.
#[derive(Debug, Clone, Copy)]
pub struct Filled {
    pub page_views: usize,
    pub seconds: f64,
}

/// Adds page views of the last four weeks up to now, in order of time, and rolls closed days up.
pub async fn fill(engine: &Engine, project: &Project, page_views: usize, seed: u64) -> Result<Filled> {
    let began = Instant::now();
    let mut generator = Generator::new(seed, vec![project.site.clone()], Mix::CLEAN);
    let now = engine.now();
    let from = now - TimeDelta::days(DAYS);
    let step = TimeDelta::days(DAYS).num_microseconds().unwrap_or_default() / i64::try_from(page_views.max(1))?;
    let mut done = 0;
    while done < page_views {
        let upto = (done + AT_ONCE).min(page_views);
        let mut under_way = JoinSet::new();
        for nr in done..upto {
            let at = from + TimeDelta::microseconds(step * i64::try_from(nr)?);
            for beacon in generator.visit(at) {
                under_way.spawn(receive(engine.clone(), beacon, at));
            }
        }
        while let Some(outcome) = under_way.join_next().await {
            outcome??;
        }
        done = upto;
    }
    RollUpDays::default().run(engine).await?;
    Ok(Filled { page_views, seconds: began.elapsed().as_secs_f64() })
}

async fn receive(engine: Engine, beacon: Beacon, at: DateTime<Utc>) -> Result<()> {
    let arrival = Arrival {
        body: Bytes::from(beacon.body),
        origin: Some(beacon.origin),
        user_agent: beacon.user_agent.map(str::to_owned),
        // Of a range for documentation: no country is known of it.
        address: [192, 0, 2, 1].into(),
        received_at: at,
    };
    loop {
        match engine.rum.receive(arrival.clone()).await {
            Ok(()) => return Ok(()),
            // Sent again, it counts once.
            Err(Refusal::Busy | Refusal::Away) => tokio::task::yield_now().await,
            Err(Refusal::Dropped(reason)) => {
                return Err(format!("a generated beacon was refused: {}", reason.as_str()).into());
            }
        }
    }
}

/// The page views that are stored of a project.
pub async fn stored(engine: &Engine, project: ProjectId) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from page_views where project_id = $1")
        .bind(project.0)
        .fetch_one(&engine.db)
        .await?)
}

/// A project of this many page views, checked.
pub async fn filled_project(subject: &Subject, engine: &Engine, page_views: usize) -> Result<(Project, Filled)> {
    let project = subject.add_project(&format!("shop-of-{page_views}"))?;
    let filled = fill(engine, &project, page_views, page_views as u64).await?;
    let stored = stored(engine, ProjectId(project.id)).await?;
    if stored != i64::try_from(page_views)? {
        return Err(format!("{page_views} page views were loaded, and {stored} are stored").into());
    }
    sqlx::query("vacuum analyze").execute(&engine.db).await?;
    Ok((project, filled))
}
