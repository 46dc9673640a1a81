//! Data health: what is told of beacons that were refused, and of those that are not people's.

use chrono::TimeDelta;
use domain::{
    billing::Plan,
    rum::{Bot, DropReason, FlowState, Period, Query},
};
use sqlx::PgPool;

use super::site::{shop, store, visitors};
use crate::{
    Error,
    fakes::World,
    projects,
    rum::{
        self,
        batch::{self, Desk, Received},
    },
};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn an_unknown_origin_is_told_and_allowed_with_one_click(pool: PgPool) {
    let world = World::new(pool);
    let (owner, shop) = shop(&world).await;
    let engine = &world.engine;
    let mut db = engine.db.acquire().await.unwrap();
    let refused = |origin: &str, minutes: i64| Received::Refused {
        project: Some(shop.id),
        reason: DropReason::OriginNotAllowed,
        origin: Some(origin.to_owned()),
        at: world.now() - TimeDelta::minutes(minutes),
    };
    let batch = [
        refused("https://blog.example", 3),
        refused("https://blog.example", 1),
        refused("null", 2),
        refused("https://*.example.com", 4),
    ];
    batch::commit(&mut db, &mut Desk::new(Plan::Agency), &batch, None).await.unwrap();
    batch::commit(&mut db, &mut Desk::new(Plan::Agency), &[refused("https://blog.example", 5)], None).await.unwrap();
    let origins = async || {
        let health = rum::health(engine, &owner, shop.id, Period::Day).await.unwrap();
        health.refused_origins.into_iter().map(|it| (it.origin, it.beacons, it.can_be_allowed)).collect::<Vec<_>>()
    };
    assert_eq!(
        origins().await,
        [
            ("https://blog.example".to_owned(), 3, true),
            ("null".to_owned(), 1, false),
            ("https://*.example.com".to_owned(), 1, false)
        ]
    );
    projects::allow_origin(engine, &owner, shop.id, "https://blog.example").await.unwrap();
    assert_eq!(origins().await.len(), 2, "what is allowed is no longer told");
    let wildcard = projects::allow_origin(engine, &owner, shop.id, "https://*.example.com").await;
    assert!(matches!(wildcard, Err(Error::Invalid(_))), "{wildcard:?}");
    let allowed = projects::project(engine, &owner, shop.id).await.unwrap().origins;
    assert_eq!(
        allowed.iter().map(|origin| origin.as_str()).collect::<Vec<_>>(),
        ["https://blog.example", "https://shop.example"]
    );
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_flood_of_made_up_origins_finds_room_for_fifty(pool: PgPool) {
    let world = World::new(pool);
    let (owner, shop) = shop(&world).await;
    let mut db = world.engine.db.acquire().await.unwrap();
    for round in 0..3 {
        let batch: Vec<_> = (0..40)
            .map(|nr| Received::Refused {
                project: Some(shop.id),
                reason: DropReason::OriginNotAllowed,
                origin: Some(format!("https://{round}-{nr}.example")),
                at: world.now(),
            })
            .collect();
        batch::commit(&mut db, &mut Desk::new(Plan::Agency), &batch, None).await.unwrap();
    }
    let health = rum::health(&world.engine, &owner, shop.id, Period::Day).await.unwrap();
    assert_eq!(health.refused_origins.len(), 50);
    assert_eq!(health.rejected[&DropReason::OriginNotAllowed], 120, "each is counted all the same");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn bots_sampling_volume_and_the_same_hour_of_last_week_are_told(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (owner, shop) = shop(&world).await;
    let engine = &world.engine;
    let mut views = visitors(shop.id, world.now(), 1, 300, 21);
    // A week ago there were many in the hour that is silent now.
    let silent = world.now() - TimeDelta::minutes(90);
    views.retain(|view| view.at < silent - TimeDelta::hours(1));
    for (nr, mut view) in visitors(shop.id, world.now(), 1, 40, 22).into_iter().enumerate() {
        view.at = world.now() - TimeDelta::days(7) - TimeDelta::minutes(45) + TimeDelta::seconds(nr as i64);
        views.push(view);
    }
    store(&world, &views).await;
    let health = rum::health(engine, &owner, shop.id, Period::FourWeeks).await.unwrap();
    assert_eq!((health.flow.now, health.flow.week_ago), (0, 40));
    assert_eq!(health.flow.state(), FlowState::Stopped);
    assert_eq!(health.volume.stored.iter().sum::<u64>(), health.stored);
    assert_eq!(health.volume.at.len(), 28);

    let human: Vec<_> = views.iter().filter(|view| view.bot == Bot::Human).collect();
    let in_period = |at| at >= health.from;
    let people = human.iter().filter(|view| in_period(view.at)).count() as u64;
    assert_eq!(health.sampling.page_views, people);
    let weight: i64 =
        human.iter().filter(|view| in_period(view.at)).map(|view| i64::from(view.beacon.weight.thousandths())).sum();
    assert_eq!(health.sampling.stand_for as i64, weight);
    assert_eq!(health.clocks.all(), 40, "their ids tell a time a week later than they came");
    assert_eq!(health.clocks.ahead, 40);

    let with_bots = rum::with_bots(engine, &owner, shop.id, Period::FourWeeks).await.unwrap();
    assert_eq!(with_bots.people, people);
    assert_eq!(with_bots.others, health.bots.iter().map(|bot| bot.page_views).sum::<u64>());
    let overview =
        rum::overview(engine, &owner, shop.id, &Query { period: Period::FourWeeks, ..Query::default() }).await;
    let lcp = overview.unwrap().vitals[0].value;
    assert_eq!(with_bots.p75[0].1, lcp, "without bots it is what the overview says");
}
