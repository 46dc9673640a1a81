//! The database stops, freezes, or takes no writes: 503 at once, never a false 202, and back in
//! seconds without a restart.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use bench::{
    client::{Connection, request},
    folder::Folder,
    generator::{Beacon, Generator, Mix},
    processes,
    subject::{Project, Subject, signal},
};
use chrono::Utc;
use rustix::process::Signal;
use secrecy::ExposeSecret as _;
use server::embedded_postgres::{Cluster, Purpose};
use sqlx::PgPool;

use crate::{
    Result, binary,
    check::Case,
    evidence::Evidence,
    sending::{Delivery, Settled, settled},
};

/// How long a refusal may take: a second, and what a busy machine adds.
const AT_ONCE: Duration = Duration::from_millis(1_500);
/// From the return of the database to the first beacon that is accepted again.
const BACK: Duration = Duration::from_secs(5);

/// A server on a PostgreSQL that the test starts and stops.
struct World {
    subject: Subject,
    project: Project,
    postgres: Postgres,
    generator: Generator,
    sent: Vec<(Beacon, Delivery)>,
}

/// A PostgreSQL that nobody starts again but the test.
struct Postgres {
    cluster: Cluster,
    child: Option<tokio::process::Child>,
    _folder: Folder,
}

impl Postgres {
    async fn start_new() -> Result<Self> {
        let folder = Folder::new("outage")?;
        let named = std::env::var_os("PERFALLY_POSTGRES_BIN");
        let cluster =
            Cluster::open(folder.path(), named.as_deref().map(Path::new), Purpose::Keep { max_connections: 40 })
                .await?;
        let mut postgres = Self { cluster, child: None, _folder: folder };
        postgres.start().await?;
        Ok(postgres)
    }

    async fn start(&mut self) -> Result<()> {
        self.child = Some(self.cluster.spawn()?);
        let began = Instant::now();
        while !self.cluster.ready() {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(self.cluster.last_words().into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    fn pid(&self) -> Result<u32> {
        Ok(self.child.as_ref().and_then(tokio::process::Child::id).ok_or("PostgreSQL does not run")?)
    }

    /// As an operator stops it: sessions are ended.
    async fn stop(&mut self) -> Result<()> {
        signal(self.pid()?, Signal::INT)?;
        if let Some(mut child) = self.child.take() {
            child.wait().await?;
        }
        Ok(())
    }

    /// Freezes all of it, or lets it go on.
    fn all(&self, what: Signal) -> Result<()> {
        let postmaster = self.pid()?;
        let children = processes::children(postmaster);
        signal(postmaster, what)?;
        for process in children {
            // One may end meanwhile.
            let _ = signal(process.pid, what);
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Ok(pid) = self.pid() else { return };
        let _ = self.all(Signal::CONT);
        let _ = signal(pid, Signal::QUIT);
        let began = Instant::now();
        while let Some(child) = &mut self.child
            && matches!(child.try_wait(), Ok(None))
            && began.elapsed() < Duration::from_secs(5)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl World {
    async fn new() -> Result<Self> {
        let postgres = Postgres::start_new().await?;
        let mut subject = Subject::new(&binary())?.on_database(postgres.cluster.url().expose_secret());
        subject.begin().await?;
        let project = subject.add_project("shop")?;
        let generator = Generator::new(8, vec![project.site.clone()], Mix::CLEAN);
        let mut world = Self { subject, project, postgres, generator, sent: Vec::new() };
        world.is_accepted_within(Duration::from_secs(2)).await?;
        Ok(world)
    }

    /// Sends new beacons from so many clients at once; tells the slowest answer.
    async fn send(&mut self, clients: usize) -> Result<(Vec<Option<Settled>>, Duration)> {
        let address = self.subject.address();
        let beacons: Vec<Arc<Beacon>> =
            (0..clients).flat_map(|_| self.generator.visit(Utc::now())).map(Arc::new).collect();
        let tasks: Vec<_> = beacons
            .iter()
            .cloned()
            .map(|beacon| {
                tokio::spawn(async move {
                    let began = Instant::now();
                    let answer = async { Connection::open(address).await?.send(&request(address, &beacon)).await };
                    let answer = tokio::time::timeout(Duration::from_secs(10), answer)
                        .await
                        .map_err(|_| "no answer within 10 s")??;
                    Result::Ok((settled(&answer)?, began.elapsed()))
                })
            })
            .collect();
        let (mut all, mut slowest) = (Vec::new(), Duration::ZERO);
        for (beacon, task) in beacons.into_iter().zip(tasks) {
            let (settled, took) = task.await??;
            slowest = slowest.max(took);
            self.sent
                .push((Arc::unwrap_or_clone(beacon), Delivery { settled, unsettled: u32::from(settled.is_none()) }));
            all.push(settled);
        }
        Ok((all, slowest))
    }

    /// For so long, every beacon is refused, at once.
    async fn everything_is_refused_for(&mut self, time: Duration) -> Result<()> {
        let began = Instant::now();
        let mut slowest = Duration::ZERO;
        while began.elapsed() < time {
            let (answers, took) = self.send(8).await?;
            slowest = slowest.max(took);
            if answers.iter().any(Option::is_some) {
                return Err(format!("answered {answers:?} without a database that stores").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        eprintln!("refused for {time:?}, the slowest answer after {slowest:.2?}");
        if slowest > AT_ONCE { Err(format!("an answer took {slowest:?}").into()) } else { Ok(()) }
    }

    async fn is_accepted_within(&mut self, time: Duration) -> Result<()> {
        let began = Instant::now();
        loop {
            let (answers, _) = self.send(1).await?;
            if answers == [Some(Settled::Accepted)] {
                eprintln!("accepted after {:.2?}", began.elapsed());
                return Ok(());
            }
            if began.elapsed() > time {
                return Err(format!("not accepted within {time:?}: {answers:?}\n{}", self.subject.last_words()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn readiness(&self, wanted: u16) -> Result<()> {
        match self.subject.says("/readyz").await {
            Some(status) if status == wanted => Ok(()),
            other => Err(format!("/readyz says {other:?} instead of {wanted}").into()),
        }
    }

    /// What was accepted in all this is stored, once, and counted.
    async fn end(self) -> Result<()> {
        let database = PgPool::connect(self.postgres.cluster.url().expose_secret()).await?;
        let evidence = Evidence::read(&database).await?;
        let (beacons, deliveries): (Vec<_>, Vec<_>) = self.sent.into_iter().unzip();
        Case { projects: &[self.project], beacons: &beacons, deliveries: &deliveries, evidence: &evidence }.all(true)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_database_is_told_at_once_and_used_again_when_it_is_back() -> Result<()> {
    let mut world = World::new().await?;
    let server = world.subject.pid();
    for _ in 0..2 {
        world.postgres.stop().await?;
        world.everything_is_refused_for(Duration::from_secs(3)).await?;
        world.readiness(503).await?;
        world.postgres.start().await?;
        world.is_accepted_within(BACK).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.readiness(200).await?;
    }
    assert_eq!(world.subject.pid(), server, "the server was started again");
    world.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_database_is_told_at_once_and_used_again_when_it_goes_on() -> Result<()> {
    let mut world = World::new().await?;
    world.postgres.all(Signal::STOP)?;
    world.everything_is_refused_for(Duration::from_secs(12)).await?;
    world.readiness(503).await?;
    world.postgres.all(Signal::CONT)?;
    world.is_accepted_within(BACK).await?;
    world.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_loses_and_refuses_nothing_for_good() -> Result<()> {
    let mut world = World::new().await?;
    let operator = PgPool::connect(world.postgres.cluster.url().expose_secret()).await?;
    for (setting, writes) in [("on", false), ("off", true)] {
        sqlx::query(sqlx::AssertSqlSafe(format!("alter system set default_transaction_read_only = {setting}")))
            .execute(&operator)
            .await?;
        sqlx::query("select pg_reload_conf()").execute(&operator).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        if writes {
            world.is_accepted_within(BACK).await?;
        } else {
            world.everything_is_refused_for(Duration::from_secs(2)).await?;
        }
    }
    world.end().await
}
