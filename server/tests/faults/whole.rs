//! Without a fault: every beacon of a realistic crowd is counted exactly as its sender was told.

use std::time::{Duration, Instant};

use crate::{
    Result, World, page_views,
    sending::{Manners, Senders, Settled},
};

#[tokio::test(flavor = "multi_thread")]
async fn every_beacon_of_a_crowd_is_counted_as_its_sender_was_told() -> Result<()> {
    let world = World::new(1, page_views()).await?;
    let began = Instant::now();
    let manners = Manners { connections: 128, within: Duration::from_secs(500), gives_up: false };
    let deliveries = Senders::start(world.subject.address(), &world.beacons, 2, manners).end().await?;
    let took = began.elapsed();

    let accepted = deliveries.iter().filter(|delivery| delivery.settled == Some(Settled::Accepted)).count();
    let unsettled: u32 = deliveries.iter().map(|delivery| delivery.unsettled).sum();
    eprintln!(
        "{} beacons in {:.1} s, {accepted} accepted, {unsettled} sent again",
        deliveries.len(),
        took.as_secs_f64()
    );
    let cpu = |pid: Option<u32>| pid.map_or(0.0, |pid| bench::processes::cpu_seconds(&[pid]));
    eprintln!(
        "CPU: server and PostgreSQL {:.1} s, PostgreSQL {:.1} s, us {:.1}",
        world.subject.cpu_seconds(),
        cpu(world.subject.postmaster()),
        cpu(Some(std::process::id())) - world.subject.cpu_seconds()
    );

    world.check_patiently(&deliveries).await
}
