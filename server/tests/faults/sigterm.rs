//! SIGTERM under load: out in time, every request answered, everything accepted stored.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use bench::client::{self, Connection};

use crate::{
    Result, World,
    sending::{Manners, Senders, Settled},
};

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_answers_what_it_took_and_is_out_in_ten_seconds() -> Result<()> {
    let mut world = World::new(6, 30_000).await?;
    let address = world.subject.address();
    // Connections that are kept and not used must not delay the end.
    let mut idle = Vec::new();
    for _ in 0..20 {
        let mut connection = Connection::open(address).await?;
        connection.send(&client::get(address, "/healthz")).await?;
        idle.push(connection);
    }
    let manners = Manners { connections: 64, within: Duration::from_secs(120), gives_up: true };
    let senders = Senders::start(address, &world.beacons, 7, manners);
    let progress = senders.progress();
    while progress.load(Ordering::Relaxed) < 3_000 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let began = Instant::now();
    world.subject.terminate()?;
    let status = world.subject.ended(Duration::from_secs(10)).await?;
    let took = began.elapsed();
    let deliveries = senders.end().await?;
    assert!(status.success(), "ended with {status}");

    let accepted = deliveries.iter().filter(|delivery| delivery.settled == Some(Settled::Accepted)).count();
    assert!((2_500..20_000).contains(&accepted), "{accepted} accepted: the signal did not meet the load");
    let unanswered = deliveries.iter().filter(|delivery| delivery.settled.is_none() && delivery.unsettled > 0).count();
    eprintln!("out after {took:.1?}, {accepted} accepted, {unanswered} unanswered");
    assert_eq!(unanswered, 0, "requests without an answer");

    world.subject.start()?;
    world.subject.ready(Duration::from_secs(30)).await?;
    world.check(&deliveries, true).await
}
