//! `kill -9` of the server, of PostgreSQL's first process, of one of its backends, of all: at
//! seeded moments under load.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use bench::subject::{Subject, signal};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use rustix::process::Signal;

use crate::{
    Result, World, at_length, page_views, rounds,
    sending::{Manners, Senders},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    Postmaster,
    Backend,
    Both,
}

const VICTIMS: [Victim; 14] = [
    Victim::Server,
    Victim::Server,
    Victim::Server,
    Victim::Server,
    Victim::Server,
    Victim::Postmaster,
    Victim::Postmaster,
    Victim::Postmaster,
    Victim::Backend,
    Victim::Backend,
    Victim::Backend,
    Victim::Backend,
    Victim::Both,
    Victim::Both,
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_acknowledged_is_lost_or_doubled_whatever_is_killed() -> Result<()> {
    let rounds = at_length(1, rounds());
    for round in 0..rounds {
        one_round(3 + 10 * round).await.map_err(|error| format!("round {round} of {rounds}: {error}"))?;
    }
    Ok(())
}

/// A crowd of its own, and all the kills of it.
async fn one_round(seed: u64) -> Result<()> {
    let mut world = World::new(seed, page_views()).await?;
    let server = world.subject.pid();
    let began = Instant::now();
    let manners = Manners { connections: 96, within: Duration::from_secs(500), gives_up: false };
    let senders = Senders::start(world.subject.address(), &world.beacons, seed + 1, manners);
    let progress = senders.progress();

    let mut random = StdRng::seed_from_u64(seed + 2);
    let mut victims = VICTIMS;
    victims.shuffle(&mut random);
    // Between a twentieth and nineteen twentieths of the way.
    let all = world.beacons.len() as f64;
    let mut moments: Vec<usize> = victims.iter().map(|_| (all * random.random_range(0.05..0.95)) as usize).collect();
    moments.sort_unstable();
    for (victim, moment) in victims.into_iter().zip(moments) {
        while progress.load(Ordering::Relaxed) < moment {
            if began.elapsed() > manners.within {
                return Err(format!(
                    "only {} beacons were delivered in time\n{}",
                    progress.load(Ordering::Relaxed),
                    world.subject.last_words()
                )
                .into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..40))).await;
        kill(&mut world.subject, victim, &mut random).await?;
    }
    let deliveries = match senders.end().await {
        Ok(deliveries) => deliveries,
        Err(error) => return Err(format!("{error}\n{}", world.subject.last_words()).into()),
    };
    assert_ne!(world.subject.pid(), server, "the server was never killed");
    let unsettled: u32 = deliveries.iter().map(|delivery| delivery.unsettled).sum();
    assert!(unsettled > 0, "no kill met a request");
    eprintln!(
        "{} beacons in {:.1} s, {} kills, {unsettled} sent again",
        deliveries.len(),
        began.elapsed().as_secs_f64(),
        VICTIMS.len()
    );
    world.subject.ready(Duration::from_secs(20)).await?;
    world.check(&deliveries, false).await
}

async fn kill(subject: &mut Subject, victim: Victim, random: &mut StdRng) -> Result<()> {
    if victim == Victim::Backend {
        // After a kill before this one there may be none for a moment.
        let began = Instant::now();
        loop {
            let backends = subject.backends();
            if let Some(&backend) = backends.get(random.random_range(0..backends.len().max(1))) {
                return signal(backend, Signal::KILL);
            }
            if began.elapsed() > Duration::from_secs(20) {
                return Err(format!("PostgreSQL did not come back\n{}", subject.last_words()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    if matches!(victim, Victim::Postmaster | Victim::Both) {
        let began = Instant::now();
        while subject.postmaster().is_none() {
            if began.elapsed() > Duration::from_secs(20) {
                return Err(format!("PostgreSQL did not come back\n{}", subject.last_words()).into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if let Some(postmaster) = subject.postmaster() {
            signal(postmaster, Signal::KILL)?;
        }
    }
    if matches!(victim, Victim::Server | Victim::Both) {
        subject.kill()?;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..300))).await;
        subject.start()?;
    }
    Ok(())
}
