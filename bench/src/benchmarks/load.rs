//! Fills a project with weeks of visits, fast: through the steps, tables, sketches and counts of real ones, thousands
//! in a transaction. Visits are drawn, read and stored by three that work at the same time.

use std::{io::Write as _, time::Instant};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{ProjectId, accounts::Actor};
use engine::{
    Clock, Engine,
    config::Variables,
    jobs::Job as _,
    rum::{Arrival, Import, Refusal, RollUpDays, read_beacons},
};
use secrecy::SecretString;
use tokio::sync::mpsc;
use url::Url;

use crate::{
    Result,
    generator::{Beacon, Generator, Mix, Site},
    stock,
    subject::{Subject, built},
};

/// Days that the visits are spread over: those that the default view shows.
pub const DAYS: i64 = 28;
/// Page views of one transaction: so many that an hour's sketches are written once or twice, so few that a statement
/// stays far below the time that it may take.
const AT_ONCE: usize = 20_000;

/// An engine of this process on a subject's database.
pub async fn engine(subject: &Subject) -> Result<Engine> {
    engine_on(&subject.database_url()?, subject.data().to_owned())
}

/// An engine of this process on a database. Its data folder is used for nothing.
pub fn engine_on(database: &str, data: std::path::PathBuf) -> Result<Engine> {
    // A quota would sample what is filled in.
    let get = |name: &str| (name == "PERFALLY_PLAN").then(|| "agency".to_owned());
    let mut variables = Variables::new(&get);
    let mut config = engine::Config::read(
        &mut variables,
        data,
        built("PERFALLY_ASSETS", "assets"),
        SecretString::from(database),
        SecretString::from("0".repeat(64)),
        Url::parse("http://127.0.0.1/")?,
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

/// Adds page views to a project: of the four weeks before `until`, in order of time. Closed days are rolled up.
pub async fn fill(engine: &Engine, site: &Site, page_views: usize, until: DateTime<Utc>, seed: u64) -> Result<Filled> {
    let began = Instant::now();
    let (draws, mut drawn) = mpsc::channel::<Vec<Arrival>>(2);
    let site = site.clone();
    let drawing = tokio::task::spawn_blocking(move || {
        let mut generator = Generator::new(seed, vec![site], Mix::CLEAN);
        let from = until - TimeDelta::days(DAYS);
        let length = TimeDelta::days(DAYS).num_microseconds().unwrap_or_default() as f64;
        let at = |nr: usize| from + TimeDelta::microseconds((length * nr as f64 / page_views as f64) as i64);
        for first in (0..page_views).step_by(AT_ONCE) {
            let last = (first + AT_ONCE).min(page_views);
            let arrivals = (first..last).flat_map(|nr| {
                let at = at(nr);
                generator.visit(at).into_iter().map(move |beacon| arrival(beacon, at))
            });
            if draws.blocking_send(arrivals.collect()).is_err() {
                return;
            }
        }
    });
    let (reads, mut read) = mpsc::channel(2);
    let reader = engine.clone();
    let reading = tokio::spawn(async move {
        while let Some(arrivals) = drawn.recv().await {
            let sheaf = read_beacons(&reader, arrivals).await?;
            if reads.send(sheaf).await.is_err() {
                break;
            }
        }
        Ok::<_, Refusal>(())
    });
    let mut import = Import::open(engine).await?;
    while let Some(sheaf) = read.recv().await {
        if let Some(reason) = import.store(sheaf).await?.into_iter().find_map(std::result::Result::err) {
            return Err(format!("a generated beacon was refused: {}", reason.as_str()).into());
        }
    }
    drawing.await?;
    reading.await?.map_err(|refusal| format!("beacons could not be read: {refusal:?}"))?;
    RollUpDays::default().run(engine).await?;
    Ok(Filled { page_views, seconds: began.elapsed().as_secs_f64() })
}

fn arrival(beacon: Beacon, at: DateTime<Utc>) -> Arrival {
    Arrival {
        body: Bytes::from(beacon.body),
        origin: Some(beacon.origin),
        user_agent: beacon.user_agent.map(str::to_owned),
        // Of a range for documentation: no country is known of it.
        address: [192, 0, 2, 1].into(),
        received_at: at,
    }
}

/// The page views that are stored of a project.
pub async fn stored(engine: &Engine, project: ProjectId) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from page_views where project_id = $1")
        .bind(project.0)
        .fetch_one(&stock::patient(engine).await?)
        .await?)
}

/// `bench load`: fills a project of a database that is in use.
pub async fn load(database: &str, project: ProjectId, page_views: usize) -> Result<()> {
    let engine = engine_on(database, std::env::temp_dir())?;
    let known = engine::projects::project(&engine, &Actor::system(), project).await?;
    let (Some(key), Some(origin)) = (known.site_keys.first(), known.origins.first()) else {
        return Err("the project has no site key, or no origin".into());
    };
    let site = Site { origin: origin.as_str().to_owned(), key: key.key.as_str().to_owned(), sampled: 0.0 };
    let before = stored(&engine, project).await?;
    let now = engine.now();
    let seed = u64::try_from(now.timestamp_micros()).unwrap_or_default();
    let Filled { seconds, .. } = fill(&engine, &site, page_views, now, seed).await?;
    let added = stored(&engine, project).await? - before;
    writeln!(
        std::io::stdout().lock(),
        "{added} page views of the last {DAYS} days were added to {} in {seconds:.1} s, {:.0} a second.",
        known.name,
        added as f64 / seconds
    )?;
    Ok(())
}
