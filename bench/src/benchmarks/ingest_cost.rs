//! `ingest-cost`: WAL and stored bytes of a page view, against `\copy` of the same rows into the
//! same partitioned table with the same indexes.

use std::{sync::Arc, time::Duration};

use chrono::Utc;

use super::Run;
use crate::{
    Result, flood,
    ground::{self, Ground},
    history::Report,
    reference_copy::{self, ReferenceCopy},
};

pub async fn run(run: &Run) -> Result<()> {
    let mut report = Report::begin("ingest-cost");
    let ground = Ground::prepare(&run.binary).await?;
    let Ground { subject, database, .. } = &ground;
    let Some(copy) = ReferenceCopy::prepare(subject).await? else {
        report.note("skipped", reference_copy::MISSING);
        return report.end(&run.history, run.profile());
    };
    let templates = ground.templates(subject.address());
    let time = Duration::from_secs(if run.quick { 1 } else { 5 });
    let began = Utc::now();

    let [mut ratios, mut ours, mut theirs, mut bare] = [const { Vec::new() }; 4];
    for _ in 0..Run::PAIRS {
        let (since, before) = (Utc::now(), ground::wal(database).await?);
        let outcome = flood::flood(subject.address(), Arc::clone(&templates), run.connections, time).await?;
        let wal = (ground::wal(database).await? - before) / outcome.answered(202) as f64;
        let copied = copy.page_views(since).await?;
        let copied_wal = copied.wal / copied.page_views;
        let without = copy.bare(since).await?;
        ratios.push(wal / copied_wal);
        ours.push(wal);
        theirs.push(copied_wal);
        bare.push(without.wal / without.page_views);
    }
    report.spread("ratio of WAL", &ratios, "", "≤ 1.5");
    report.spread("WAL a page view", &ours, "B", "");
    report.spread("WAL a row of \\copy", &theirs, "B", "");
    report.spread("WAL a row of \\copy into a table without indexes", &bare, "B", "");

    // Of all at once, into fresh tables: what a row takes there.
    copy.empty().await?;
    let copied = copy.page_views(began).await?;
    let (copied_rows, _) = ground::stored_bytes(&copy.database).await?;
    copy.bare(began).await?;
    let heap: f64 =
        sqlx::query_scalar("select pg_total_relation_size('bare')::float8").fetch_one(&copy.database).await?;
    let stored = ground::stored_page_views(database).await? as f64;
    let (rows, sketches) = ground::stored_bytes(database).await?;
    let a_row = copied_rows / copied.page_views;
    report.figure("page views", stored, "", "");
    report.figure("ratio of stored bytes, with sketches", (rows + sketches) / stored / a_row, "", "≤ 1.5");
    report.figure("stored bytes a page view, with sketches", (rows + sketches) / stored, "B", "≤ 150 B");
    report.figure("of these, the row and its indexes", rows / stored, "B", "");
    report.figure("of these, sketches", sketches / stored, "B", "");
    report.figure("a row of \\copy, with its indexes", a_row, "B", "");
    report.figure("a row of \\copy without indexes", heap / copied.page_views, "B", "");
    report.end(&run.history, run.profile())
}
