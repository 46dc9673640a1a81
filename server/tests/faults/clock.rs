//! The server's clock is set forward and back by hours while beacons come, and is right again at the end: by
//! libfaketime (Debian: `faketime`), which changes what one process reads; without it, the test says so and passes. What
//! days and months do to counting, jobs and sign-in is tested in the engine, with its own clock.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bench::{folder::Folder, subject::Subject};
use chrono::Utc;
use sqlx::PgPool;

use crate::{
    Result, at_length, binary,
    check::Case,
    evidence::Evidence,
    postgres::Postgres,
    reader::Reader,
    sending::{Manners, Senders},
    visits,
};

/// Where the clock stands, one after the other. Within a day of now: updates are taken for so long.
const STEPS: [&str; 8] = ["+5h", "+0", "-5h", "+0", "+11h", "-11h", "+50m", "+0"];

fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.is_file())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_forward_and_back_loses_and_doubles_nothing() -> Result<()> {
    let Some(library) = library() else {
        eprintln!("skipped: there is no libfaketime (Debian: faketime)");
        return Ok(());
    };
    let folder = Folder::new("clock")?;
    let (clock, new_clock) = (folder.path().join("clock"), folder.path().join("new"));
    // Put in place whole: the server may be reading it.
    let set = |to: &str| fs::write(&new_clock, format!("{to}\n")).and_then(|()| fs::rename(&new_clock, &clock));
    set("+0")?;
    let postgres = Postgres::start_new(Folder::new("clock-postgres")?).await?;
    let mut subject = Subject::new(&binary())?
        .on_database(&postgres.url())
        .with("LD_PRELOAD", library.to_string_lossy())
        .with("FAKETIME_TIMESTAMP_FILE", clock.to_string_lossy())
        .with("FAKETIME_NO_CACHE", "1")
        // A step moves the time of day, and nothing that only goes on.
        .with("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    subject.begin().await?;
    let server = subject.pid();
    let projects = subject.add_projects(3)?;
    let reader = Reader::sign_in(&subject).await?;

    let (mut beacons, mut deliveries) = (Vec::new(), Vec::new());
    for round in 0..at_length(1, 10) {
        let more = Arc::new(visits(&projects, 51 + round, 4_000));
        let manners = Manners { connections: 32, within: Duration::from_secs(200), gives_up: false };
        let senders = Senders::start(subject.address(), &more, 52 + round, manners);
        let progress = senders.progress();
        for (nr, step) in (1..).zip(STEPS) {
            while progress.load(Ordering::Relaxed) < more.len() * nr / (STEPS.len() + 1) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            set(step)?;
        }
        deliveries.extend(senders.end().await?);
        beacons.extend(Arc::unwrap_or_clone(more));
    }
    subject.settled(Duration::from_secs(60)).await?;
    assert_eq!(subject.pid(), server, "the server was started again");

    let operator = PgPool::connect(&postgres.url()).await?;
    let strange: i64 =
        sqlx::query_scalar("select count(*) from page_views where abs(extract(epoch from at - $1)) > 3000")
            .bind(Utc::now())
            .fetch_one(&operator)
            .await?;
    eprintln!("{} beacons; {strange} page views came at a strange time", beacons.len());
    assert!(strange > 500, "{strange}: the clock was not moved");
    let evidence = Evidence::read(&operator).await?;
    Case { projects: &projects, beacons: &beacons, deliveries: &deliveries, evidence: &evidence }.all(true)?;
    // Whoever was signed in still is, and all of it loads.
    reader.everything_loads(&projects[0]).await
}
