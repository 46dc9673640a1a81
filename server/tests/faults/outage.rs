//! The database stops, freezes, or takes no writes: beacons are taken all the same, at once, and
//! stored when it is back, in seconds and without a restart. Who cannot be admitted without it is
//! told 503. Never a false 202: what was acknowledged is there in the end, whatever is killed.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use bench::{
    client::{Connection, request},
    folder::Folder,
    generator::{Beacon, Generator, Mix, Site},
    subject::{Project, Subject},
};
use chrono::Utc;
use rustix::process::Signal;
use sqlx::PgPool;

use crate::{
    Result, binary,
    check::Case,
    evidence::Evidence,
    postgres::Postgres,
    sending::{Delivery, Manners, Senders, Settled, settled},
};

/// How long a refusal may take: a second, and what a busy machine adds.
pub const AT_ONCE: Duration = Duration::from_millis(1_500);
/// From the return of the database to the first beacon that is accepted again.
pub const BACK: Duration = Duration::from_secs(5);
/// From the beginning of an outage to the last beacon of a known key that is put off.
const NOTICED: Duration = Duration::from_secs(1);

/// A server on a PostgreSQL that the test starts and stops.
pub struct World {
    pub subject: Subject,
    pub project: Project,
    pub postgres: Postgres,
    generator: Generator,
    sent: Vec<(Beacon, Delivery)>,
}

impl World {
    async fn new() -> Result<Self> {
        let postgres = Postgres::start_new(Folder::new("outage")?).await?;
        let url = postgres.url();
        Self::on(postgres, Subject::new(&binary())?.on_database(&url)).await
    }

    /// Of a subject that has not begun yet.
    pub async fn on(postgres: Postgres, mut subject: Subject) -> Result<Self> {
        subject.begin().await?;
        let project = subject.add_project("shop")?;
        let generator = Generator::new(8, vec![project.site.clone()], Mix::CLEAN);
        let mut world = Self { subject, project, postgres, generator, sent: Vec::new() };
        world.is_accepted_within(Duration::from_secs(2)).await?;
        Ok(world)
    }

    /// Sends new beacons from so many clients at once; tells the slowest answer.
    pub async fn send(&mut self, clients: usize) -> Result<(Vec<Option<Settled>>, Duration)> {
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

    /// For so long, every beacon of a known key is taken, and every other refused, at once. While the outage is being
    /// noticed, some may be told to come again. `reads`: the database answers questions, and knows who is nobody.
    pub async fn beacons_are_taken_for(&mut self, time: Duration, reads: bool) -> Result<()> {
        let began = Instant::now();
        let (mut slowest, mut taken, mut put_off) = (Duration::ZERO, 0, 0);
        while began.elapsed() < time {
            let (answers, took) = self.send(8).await?;
            slowest = slowest.max(took);
            if !reads {
                slowest = slowest.max(self.a_stranger_is_put_off().await?);
            }
            taken += answers.iter().flatten().count();
            let refused = answers.iter().filter(|answer| answer.is_none()).count();
            put_off += refused;
            if refused > 0 && began.elapsed() > NOTICED {
                return Err(format!("{answers:?} after {:?}\n{}", began.elapsed(), self.subject.last_words()).into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let spooled = self.subject.spooled().await;
        eprintln!(
            "{taken} taken in {time:?}, {put_off} put off, the slowest answer after {slowest:.2?}, {spooled:?} on disk"
        );
        if slowest > AT_ONCE {
            return Err(format!("an answer took {slowest:?}").into());
        }
        if taken == 0 || spooled.is_none_or(|spooled| spooled == 0) {
            return Err(format!("{taken} taken, {spooled:?} on disk, without a database that stores").into());
        }
        Ok(())
    }

    /// A key that was never seen is 503: whether it is anybody's is not known.
    async fn a_stranger_is_put_off(&self) -> Result<Duration> {
        let address = self.subject.address();
        let site = Site { key: "pa_0000000000000000000A".to_owned(), ..self.project.site.clone() };
        let Some(beacon) = Generator::new(3, vec![site], Mix::CLEAN).visit(Utc::now()).pop() else {
            return Ok(Duration::ZERO);
        };
        let began = Instant::now();
        let answer = Connection::open(address).await?.send(&request(address, &beacon)).await?;
        if answer.status == 503 && answer.retry_after.is_some() {
            Ok(began.elapsed())
        } else {
            Err(format!("an unknown key was answered {answer:?} without a database").into())
        }
    }

    /// Kills the server while clients send and the database is away, and starts it again.
    async fn is_killed_while_beacons_come(&mut self, after: usize) -> Result<()> {
        let beacons: Vec<Beacon> = (0..4 * after).flat_map(|_| self.generator.visit(Utc::now())).collect();
        let beacons = Arc::new(beacons);
        let manners = Manners { connections: 32, within: Duration::from_secs(60), gives_up: true };
        let senders = Senders::start(self.subject.address(), &beacons, 11, manners);
        let progress = senders.progress();
        let began = Instant::now();
        while progress.load(Ordering::Relaxed) < after {
            if began.elapsed() > Duration::from_secs(30) {
                return Err(format!("{} taken\n{}", progress.load(Ordering::Relaxed), self.subject.last_words()).into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.subject.kill()?;
        let deliveries = senders.end().await?;
        let taken = deliveries.iter().filter(|delivery| delivery.settled.is_some()).count();
        eprintln!("killed with {taken} of {} taken", beacons.len());
        self.sent.extend(Arc::unwrap_or_clone(beacons).into_iter().zip(deliveries));
        self.subject.start()?;
        Ok(())
    }

    pub async fn is_accepted_within(&mut self, time: Duration) -> Result<()> {
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
    pub async fn end(self) -> Result<()> {
        self.subject.settled(BACK).await?;
        let database = PgPool::connect(&self.postgres.url()).await?;
        let evidence = Evidence::read(&database).await?;
        let (beacons, deliveries): (Vec<_>, Vec<_>) = self.sent.into_iter().unzip();
        Case { projects: &[self.project], beacons: &beacons, deliveries: &deliveries, evidence: &evidence }.all(true)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_database_costs_no_beacon_and_is_used_again_when_it_is_back() -> Result<()> {
    let mut world = World::new().await?;
    let server = world.subject.pid();
    for _ in 0..2 {
        world.postgres.stop().await?;
        world.beacons_are_taken_for(Duration::from_secs(3), false).await?;
        world.readiness(503).await?;
        world.postgres.start().await?;
        world.is_accepted_within(BACK).await?;
        world.subject.settled(BACK).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.readiness(200).await?;
    }
    assert_eq!(world.subject.pid(), server, "the server was started again");
    world.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_database_costs_no_beacon_and_is_used_again_when_it_goes_on() -> Result<()> {
    let mut world = World::new().await?;
    world.postgres.all(Signal::STOP)?;
    world.beacons_are_taken_for(Duration::from_secs(12), false).await?;
    world.readiness(503).await?;
    world.postgres.all(Signal::CONT)?;
    world.is_accepted_within(BACK).await?;
    world.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_loses_and_refuses_nothing_for_good() -> Result<()> {
    let mut world = World::new().await?;
    let operator = PgPool::connect(&world.postgres.url()).await?;
    for (setting, writes) in [("on", false), ("off", true)] {
        sqlx::query(sqlx::AssertSqlSafe(format!("alter system set default_transaction_read_only = {setting}")))
            .execute(&operator)
            .await?;
        sqlx::query("select pg_reload_conf()").execute(&operator).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        if writes {
            world.is_accepted_within(BACK).await?;
        } else {
            world.beacons_are_taken_for(Duration::from_secs(2), true).await?;
        }
    }
    world.end().await
}

/// Page views.
async fn stored(database: &PgPool) -> Result<i64> {
    Ok(sqlx::query_scalar("select count(*) from page_views").fetch_one(database).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_with_a_full_spool_loses_nothing_of_it() -> Result<()> {
    let mut world = World::new().await?;
    let before = {
        let operator = PgPool::connect(&world.postgres.url()).await?;
        // Between two commits there is time for a kill, on a machine of whatever speed.
        sqlx::raw_sql(
            "create function linger() returns trigger language plpgsql as $$
             begin perform pg_sleep(0.5); return null; end $$;
             create trigger linger after insert on page_views for each statement execute function linger();",
        )
        .execute(&operator)
        .await?;
        stored(&operator).await?
    };
    world.postgres.stop().await?;
    world.beacons_are_taken_for(Duration::from_secs(2), false).await?;
    // More than one batch holds.
    world.is_killed_while_beacons_come(2_500).await?;
    // Killed once more, before the database is back: whatever was being read or cut then stays whole.
    let began = Instant::now();
    while world.subject.says("/healthz").await != Some(200) {
        if began.elapsed() > Duration::from_secs(20) {
            return Err(world.subject.last_words().into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.subject.kill()?;
    world.subject.start()?;
    world.postgres.start().await?;
    // And while the spool is being read: a part of it is stored, and stands on disk all the same.
    let operator = PgPool::connect(&world.postgres.url()).await?;
    let began = Instant::now();
    while stored(&operator).await? == before {
        if began.elapsed() > Duration::from_secs(20) {
            return Err(format!("nothing of the spool was stored\n{}", world.subject.last_words()).into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let left = world.subject.spooled().await;
    world.subject.kill()?;
    if left.is_none_or(|left| left == 0) {
        return Err(format!("{left:?} on disk when the server was killed").into());
    }
    sqlx::raw_sql("drop function linger cascade").execute(&operator).await?;
    world.subject.start()?;
    world.subject.ready(Duration::from_secs(30)).await?;
    world.subject.settled(Duration::from_secs(30)).await?;
    world.is_accepted_within(BACK).await?;
    world.end().await
}
