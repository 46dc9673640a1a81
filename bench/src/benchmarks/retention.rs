//! `retention`: how long beacons take while the job that deletes old page views is at its work,
//! against how long they take when it rests.

use std::{sync::Arc, time::Duration};

use engine::{jobs::Job as _, rum::ExpirePageViews};

use super::{Run, load};
use crate::{
    Result, flood,
    ground::{self, Ground},
    history::Report,
    processes,
};

/// Of what the machine takes when it is asked for all that it can.
const SHARE: f64 = 0.4;

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("retention");
    let (old, time) = if run.quick {
        (150_000, Duration::from_millis(400))
    } else {
        (run.rows.min(2_000_000), Duration::from_secs(8))
    };
    let ground = Ground::prepare(&run.binary).await?;
    let Ground { subject, database, .. } = &ground;
    report.figure("fdatasync", processes::fdatasync_ms(subject.data())?, "ms", "");

    // A team on the smallest plan, which keeps a week, beside others that keep a year: no day goes as a whole, and its
    // rows are deleted one by one.
    let engine = load::engine(subject).await?;
    let project = subject.add_project_of_another("short-memory")?;
    load::fill(&engine, &project.site, old, engine.now(), 5).await?;
    sqlx::query(
        "insert into subscriptions (team_id, plan, changed_at)
         select team_id, 'free', now() - interval '30 days' from projects where id = $1",
    )
    .bind(project.id)
    .execute(database)
    .await?;
    sqlx::query("vacuum analyze").execute(database).await?;
    let left = async || -> Result<i64> {
        Ok(sqlx::query_scalar(
            "select count(*) from page_views where project_id = $1 and at < now() - interval '8 days'",
        )
        .bind(project.id)
        .fetch_one(database)
        .await?)
    };
    report.figure("page views that are past their time", left().await? as f64, "", "");

    let templates = ground.templates(subject.address());
    let most = flood::flood(subject.address(), Arc::clone(&templates), run.connections, time).await?;
    let per_second = SHARE * most.answered(202) as f64 / most.seconds;
    report.figure("beacons a second", per_second, "/s", "");
    let [mut ratios, mut resting, mut working, mut medians, mut deleted] = [const { Vec::new() }; 5];
    for _ in 0..Run::PAIRS {
        let rests = flood::pace(subject.address(), Arc::clone(&templates), run.connections, time, per_second).await?;
        let had = left().await?;
        let job = tokio::spawn({
            let engine = engine.clone();
            async move { ExpirePageViews::default().run(&engine).await }
        });
        let works = flood::pace(subject.address(), Arc::clone(&templates), run.connections, time, per_second).await?;
        let at_work = !job.is_finished();
        job.abort();
        let _ = job.await;
        let gone = had - left().await?;
        if !at_work || gone == 0 {
            report.note("cut short", format!("nothing was left to delete after {} pairs", ratios.len()));
            break;
        }
        ratios.push(works.p99_ms / rests.p99_ms);
        medians.push(works.p50_ms / rests.p50_ms);
        resting.push(rests.p99_ms);
        working.push(works.p99_ms);
        deleted.push(gone as f64 / works.seconds);
    }
    report.spread("ratio of p99", &ratios, "", "≤ 1.2");
    report.spread("ratio of the median", &medians, "", "");
    report.spread("p99 while the job rests", &resting, "ms", "");
    report.spread("p99 while it works", &working, "ms", "");
    report.spread("page views deleted a second", &deleted, "/s", "");
    report.figure("page views stored", ground::stored_page_views(database).await? as f64, "", "");
    report.end(&run.history, run.profile())
}
