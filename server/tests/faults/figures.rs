//! What programs read at `/v1` against exact SQL over the page views themselves: counts and shares equal, percentiles
//! within 1 %; before and after roll-up and retention, replays and kills.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use bench::{
    benchmarks,
    generator::{Generator, Mix},
    subject::{Project, Subject},
};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::rum::{Granularity, Vital};
use engine::{
    Engine,
    jobs::Job as _,
    rum::{Arrival, Refusal, RollUpDays},
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use tokio::task::JoinSet;

use crate::{
    Result, binary,
    reader::Reader,
    sending::{Manners, Senders},
    visits,
};

/// Days of page views: more than the plan keeps, and than hours are kept.
const DAYS: i64 = 100;
const PAGE_VIEWS: i32 = 4_000;
/// Relative error of a percentile at most.
const ERROR: f64 = 0.01;

/// A part of the page views, as the API and as SQL name it.
const PARTS: [(&str, &str); 4] = [
    ("", "true"),
    ("&filter[device]=mobile", "device = 'mobile'"),
    ("&filter[browser]=Firefox&filter[device]=desktop", "browser = 'Firefox' and device = 'desktop'"),
    ("&filter[navigation_type]=reload", "navigation_type = 'reload'"),
];
const GROUPS: [&str; 4] = ["device", "browser", "navigation_type", "connection"];

/// What is compared with what.
struct Comparison<'a> {
    reader: &'a Reader,
    database: &'a PgPool,
    project: &'a Project,
}

impl Comparison<'_> {
    /// Every question about a range. `rows`: also those that only single page views answer.
    async fn all(&self, what: &str, from: DateTime<Utc>, to: DateTime<Utc>, rows: bool) -> Result<()> {
        for vital in Vital::ALL {
            for part in PARTS {
                let group = (vital == Vital::Lcp && part.0.is_empty()).then_some(GROUPS).into_iter().flatten();
                for group in group.map(Some).chain([None]) {
                    let percentiles: &[u8] =
                        if vital == Vital::Lcp && group.is_none() { &[50, 75, 90, 95, 99] } else { &[75] };
                    for percentile in percentiles {
                        self.one(vital, *percentile, (from, to), part, group)
                            .await
                            .map_err(|error| format!("{what}: {error}"))?;
                    }
                }
            }
        }
        if rows {
            let both = ("&filter[browser]=Chrome&filter[connection]=4g", "browser = 'Chrome' and connection = '4g'");
            self.one(Vital::Lcp, 75, (from, to), both, Some("device"))
                .await
                .map_err(|error| format!("{what}: {error}"))?;
        }
        Ok(())
    }

    async fn one(
        &self,
        vital: Vital,
        percentile: u8,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        (filter, condition): (&str, &str),
        group: Option<&str>,
    ) -> Result<()> {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let by = group.map(|group| format!("&group_by={group}")).unwrap_or_default();
        let path = format!(
            "/v1/projects/{}/vitals?metric={}&percentile={percentile}&from={}&to={}{filter}{by}",
            self.project.id,
            vital.as_str(),
            time(from),
            time(to)
        );
        let told = self.reader.ask(&path).await?;
        let differs = |words: String| format!("{path}: {words}, in {told}");
        if told["approximate"] != Value::Bool(false) {
            return Err(differs("approximate, though all of it is kept".to_owned()).into());
        }
        let inside = format!("at >= '{}' and at < '{}' and {condition}", time(from), time(to));
        let exact = self.exact(vital, percentile, "''", &inside).await?;
        let all = exact.first().cloned().unwrap_or_default();
        same(&told, &all).map_err(&differs)?;
        let sum =
            |list: &str| told[list].as_array().map(|list| list.iter().filter_map(|one| one["count"].as_u64()).sum());
        if sum("series") != Some(all.count) {
            return Err(differs(format!("the series counts {:?} of {}", sum("series"), all.count)).into());
        }
        // Each point of the series, by its own bucket.
        let width = if to - from <= TimeDelta::days(7) { "hour" } else { "day" };
        let bucket = format!("to_char(date_trunc('{width}', at), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
        let points = self.exact(vital, percentile, &bucket, &inside).await?;
        let empty = Vec::new();
        let series = told["series"].as_array().unwrap_or(&empty);
        for point in points.iter().filter(|point| point.count > 0) {
            let found = series.iter().find(|told| told["at"] == point.key.as_str());
            near(&found.ok_or_else(|| differs(format!("no point at {}", point.key)))?["value"], point.value)
                .map_err(|words| differs(format!("at {}, {words}", point.key)))?;
        }
        if let Some(group) = group {
            let groups = self.exact(vital, percentile, group, &inside).await?;
            let told_groups = told["groups"].as_array().unwrap_or(&empty);
            for exact in groups.iter().filter(|group| group.count > 0) {
                let found = told_groups.iter().find(|told| told["key"] == exact.key.as_str());
                same(found.ok_or_else(|| differs(format!("no group {:?}", exact.key)))?, exact)
                    .map_err(|words| differs(format!("of {:?}, {words}", exact.key)))?;
            }
        }
        Ok(())
    }

    /// Of the page views that were kept aside, by a key.
    async fn exact(&self, vital: Vital, percentile: u8, key: &str, condition: &str) -> Result<Vec<Exact>> {
        let (good, middling) = vital.thresholds();
        let question = format!(
            "select {key} as key, count({v}) as count, percentile_disc({p}) within group (order by {v}) as value,
                    count(*) filter (where {v} <= {good}) as good,
                    count(*) filter (where {v} > {good} and {v} <= {middling}) as middling
             from kept where project_id = $1 and bot = 'human' and {condition} group by 1",
            v = vital.as_str(),
            p = f64::from(percentile) / 100.0,
        );
        let rows = sqlx::query(AssertSqlSafe(question)).bind(self.project.id).fetch_all(self.database).await?;
        rows.iter()
            .map(|row| {
                let number = |name| -> Result<u64> { Ok(u64::try_from(row.try_get::<i64, _>(name)?)?) };
                Ok(Exact {
                    key: row.try_get("key")?,
                    count: number("count")?,
                    value: row.try_get("value")?,
                    good: number("good")?,
                    middling: number("middling")?,
                })
            })
            .collect()
    }

    /// Keeps the page views aside as they are now.
    async fn keep(&self) -> Result<i64> {
        sqlx::raw_sql("drop table if exists kept; create table kept as select * from page_views")
            .execute(self.database)
            .await?;
        Ok(sqlx::query_scalar("select count(*) from kept").fetch_one(self.database).await?)
    }

    async fn number(&self, question: &'static str) -> Result<i64> {
        Ok(sqlx::query_scalar(question).fetch_one(self.database).await?)
    }
}

/// What SQL says of some page views.
#[derive(Debug, Clone, Default)]
struct Exact {
    key: String,
    count: u64,
    value: Option<f64>,
    good: u64,
    middling: u64,
}

/// Otherwise, in words, how they differ.
type Same = std::result::Result<(), String>;

fn near(told: &Value, exact: Option<f64>) -> Same {
    match (told.as_f64(), exact) {
        (None, None) => Ok(()),
        (Some(told), Some(exact)) if (told - exact).abs() <= ERROR * exact + 1e-9 => Ok(()),
        (told, exact) => Err(format!("{told:?} is told, and {exact:?} is exact")),
    }
}

fn same(told: &Value, exact: &Exact) -> Same {
    if told["count"].as_u64() != Some(exact.count) {
        return Err(format!("{} are counted, and {} are there", told["count"], exact.count));
    }
    near(&told["value"], exact.value)?;
    let poor = exact.count - exact.good - exact.middling;
    for (name, count) in [("good", exact.good), ("needs_improvement", exact.middling), ("poor", poor)] {
        let share = (exact.count > 0).then(|| count as f64 / exact.count as f64);
        let is_same = match (told["shares"][name].as_f64(), share) {
            (None, None) => true,
            (Some(told), Some(share)) => (told - share).abs() < 1e-9,
            _ => false,
        };
        if !is_same {
            return Err(format!("the share {name} is {} instead of {share:?}", told["shares"][name]));
        }
    }
    Ok(())
}

/// Gives the collector visits of the days past, each with the time at which it came.
async fn fill(engine: &Engine, project: &Project, from: DateTime<Utc>, to: DateTime<Utc>, times: usize) -> Result<()> {
    let mut generator = Generator::new(81, vec![project.site.clone()], Mix { malformed: 0.0, ..Mix::REALISTIC });
    let step = (to - from) / PAGE_VIEWS;
    let mut under_way = JoinSet::new();
    for nr in 0..PAGE_VIEWS {
        let at = from + step * nr;
        // One after the other of a page view, as they come; page views at once.
        let beacons = generator.visit(at);
        let engine = engine.clone();
        under_way.spawn(async move {
            for beacon in std::iter::repeat_n(beacons, times).flatten() {
                let arrival = Arrival {
                    body: Bytes::from(beacon.body),
                    origin: Some(beacon.origin),
                    user_agent: beacon.user_agent.map(str::to_owned),
                    address: [192, 0, 2, 1].into(),
                    received_at: at,
                };
                while let Err(refusal) = engine.rum.receive(arrival.clone()).await {
                    if let Refusal::Dropped(reason) = refusal {
                        return Err(format!("refused: {}", reason.as_str()));
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            Ok(())
        });
        if under_way.len() >= 500 {
            under_way.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_of_the_api_equal_exact_sql_through_roll_up_retention_replays_and_kills() -> Result<()> {
    // The plan keeps page views for 90 days, and allows 6,000 questions an hour.
    let mut subject = Subject::new(&binary())?.with("PERFALLY_PLAN", "pro");
    subject.begin().await?;
    let project = subject.add_project("shop")?;
    let engine = benchmarks::engine(&subject).await?;
    let database = PgPool::connect(&subject.database_url()?).await?;
    let reader = Reader::sign_in(&subject).await?;
    let compare = Comparison { reader: &reader, database: &database, project: &project };
    let now = engine.now();
    let today = Granularity::Day.floor(now);
    let oldest = today - TimeDelta::days(DAYS);
    let tomorrow = today + TimeDelta::days(1);

    fill(&engine, &project, oldest, now, 1).await?;
    let kept = compare.keep().await?;
    assert_eq!(kept, i64::from(PAGE_VIEWS));
    let ragged = (now - TimeDelta::minutes(3 * 24 * 60 + 17), now - TimeDelta::minutes(95));
    compare.all("by the hour", today - TimeDelta::days(20), tomorrow, true).await?;
    compare.all("ragged ends", ragged.0, ragged.1, true).await?;
    compare.all("all of it", oldest, tomorrow, false).await?;

    // Everything once more, twice: nothing changes.
    fill(&engine, &project, oldest, now, 2).await?;
    assert_eq!(compare.number("select count(*) from page_views").await?, kept);
    compare.all("after replays", oldest, tomorrow, false).await?;

    // New visits, while the server is killed.
    let beacons = Arc::new(visits(std::slice::from_ref(&project), 82, 3_000));
    let manners = Manners { connections: 32, within: Duration::from_secs(120), gives_up: false };
    let senders = Senders::start(subject.address(), &beacons, 83, manners);
    let progress = senders.progress();
    for part in 1..4 {
        while progress.load(Ordering::Relaxed) < beacons.len() * part / 5 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        subject.kill()?;
        subject.start()?;
    }
    senders.end().await?;
    subject.ready(Duration::from_secs(30)).await?;
    subject.settled(Duration::from_secs(30)).await?;
    assert!(compare.keep().await? > kept + 2_000);
    compare.all("after kills", today - TimeDelta::days(2), tomorrow, true).await?;
    compare.all("after kills, all of it", oldest, tomorrow, false).await?;

    RollUpDays::default().run(&engine).await?;
    let days = compare.number("select count(distinct at) from page_view_sketches where grain = 'day'").await?;
    assert!(days > DAYS - 5, "{days} days are rolled up");
    compare.all("after roll-up", oldest, tomorrow, false).await?;
    compare.all("after roll-up, four weeks", today - TimeDelta::days(27), tomorrow, true).await?;

    // What the plan keeps no longer goes: page views after 90 days, hours after four weeks.
    sqlx::query(
        "insert into jobs (id, kind, payload, run_at, created_at)
         values (gen_random_uuid(), 'expire_page_views', '{}', now(), now())",
    )
    .execute(&database)
    .await?;
    let began = Instant::now();
    while compare.number("select count(*) from jobs where kind = 'expire_page_views'").await? > 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "page views are not expired");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left = compare.number("select count(*) from page_views where at < now() - interval '92 days'").await?;
    let hours = compare
        .number("select count(*) from page_view_sketches where grain = 'hour' and at < now() - interval '31 days'");
    assert_eq!((left, hours.await?), (0, 0), "page views and hours that the plan keeps no longer");
    compare.all("after retention", oldest, tomorrow, false).await?;
    compare.all("after retention, four weeks", today - TimeDelta::days(27), tomorrow, true).await?;
    compare.all("after retention, ragged ends", ragged.0, ragged.1, true).await
}
