//! Live views: what comes is told once, whoever wrote it and in whatever order.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    accounts::Actor,
    rum::{Device, Filter, LiveCursor, ViewLine},
};
use sqlx::PgPool;

use crate::{
    Engine, Error,
    fakes::{World, team_of},
    projects,
    rum::{self, Arrival, NewestViews, Refusal},
};

const PHONE: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36";
const DESKTOP: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";

/// One beacon of page view `nr`, received at `at`.
struct Sent<'a> {
    key: &'a str,
    nr: u32,
    seq: u32,
    path: &'a str,
    agent: &'a str,
    at: DateTime<Utc>,
}

/// Sends until the outcome is known, as a client would on a busy machine.
async fn send(engine: &Engine, sent: Sent<'_>) {
    let Sent { key, nr, seq, path, agent, at } = sent;
    let body = serde_json::json!({
        "v": 1, "key": key, "id": format!("019aa5e8-7b3c-7def-8123-{nr:012}"), "seq": seq,
        "url": format!("https://shop.example{path}"), "vitals": {"lcp": 1_000 + seq},
        "attr": {"lcp": {"target": "main>h1", "ttfb": 200, "load_delay": 300, "load_time": 400, "render_delay": 100 + seq}},
    });
    let arrival = Arrival {
        body: serde_json::to_vec(&body).unwrap().into(),
        origin: Some("https://shop.example".into()),
        user_agent: Some(agent.into()),
        address: [192, 0, 2, 1].into(),
        received_at: at,
    };
    loop {
        match engine.rum.receive(arrival.clone()).await {
            Err(Refusal::Away | Refusal::Busy) => tokio::task::yield_now().await,
            outcome => return outcome.unwrap(),
        }
    }
}

fn paths(told: &[(LiveCursor, ViewLine)]) -> Vec<&str> {
    told.iter().map(|(_, line)| line.path.as_str()).collect()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_comes_is_told_once_whoever_wrote_it_and_in_whatever_order(pool: PgPool) {
    let world = World::new(pool.clone());
    // Another replica, that knows nothing of the first one.
    let other = World::new(pool);
    let owner = world.user("ada@example.com").await;
    let engine = &world.engine;
    let shop = projects::create_project(engine, &owner, team_of(&owner), "Shop", "https://shop.example").await.unwrap();
    let key = shop.site_keys[0].key.as_str();
    let now = engine.now();
    let at = |milliseconds| now + TimeDelta::milliseconds(milliseconds);
    let view = |nr, path, at| Sent { key, nr, seq: 1, path, agent: PHONE, at };

    let all = Filter::default();
    let mut live = NewestViews::watch(&other.engine, &owner, shop.id, &all, None).await.unwrap();
    assert_eq!(live.next().await.unwrap(), []);
    send(engine, view(1, "/a", at(100))).await;
    send(&other.engine, view(2, "/b", at(200))).await;
    let told = live.next().await.unwrap();
    assert_eq!(paths(&told), ["/a", "/b"]);
    assert_eq!(told[0].1.parts(domain::rum::Vital::Lcp).unwrap().len(), 4);
    assert_eq!(live.next().await.unwrap(), []);

    // Received before the last one that was told, committed after it.
    send(engine, view(3, "/late", at(50))).await;
    // A newer beacon of one that was told; and one that tells nothing new.
    send(engine, Sent { seq: 2, ..view(1, "/a", at(300)) }).await;
    send(engine, view(2, "/b", at(310))).await;
    // A program.
    send(
        engine,
        Sent {
            agent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            ..view(4, "/bot", at(320))
        },
    )
    .await;
    let told = live.next().await.unwrap();
    assert_eq!(paths(&told), ["/late", "/a"]);
    assert_eq!(told[1].1.seq, 2);

    // Who comes back with the last cursor that arrived misses nothing that came meanwhile.
    let cursor = told[1].0;
    drop(live);
    send(engine, view(5, "/meanwhile", at(5_000))).await;
    let mut back = NewestViews::watch(engine, &owner, shop.id, &all, Some(cursor)).await.unwrap();
    let told = back.next().await.unwrap();
    assert!(paths(&told).contains(&"/meanwhile"), "{told:?}");
    assert!(told.windows(2).all(|pair| pair[0].0 <= pair[1].0), "cursors never go back");
    assert_eq!(back.next().await.unwrap(), []);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_live_view_keeps_to_its_filter_and_to_whom_it_is_for(pool: PgPool) {
    let world = World::new(pool);
    let (owner, other) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    let engine = &world.engine;
    let shop = projects::create_project(engine, &owner, team_of(&owner), "Shop", "https://shop.example").await.unwrap();
    let key = shop.site_keys[0].key.as_str();
    let now = engine.now();
    for (nr, agent, path) in [(1, PHONE, "/product/7"), (2, DESKTOP, "/product/8"), (3, PHONE, "/")] {
        send(engine, Sent { key, nr, seq: 1, path, agent, at: now - TimeDelta::minutes(3) }).await;
    }
    let phones = Filter { device: Some(Device::Mobile), page_group: Some("/product/*".into()), ..Filter::default() };
    let newest = rum::newest_views(engine, &owner, shop.id, &phones, 50).await.unwrap();
    assert_eq!(newest.iter().map(|line| line.path.as_str()).collect::<Vec<_>>(), ["/product/7"]);
    assert_eq!(rum::newest_views(engine, &owner, shop.id, &Filter::default(), 2).await.unwrap().len(), 2);
    // Older than the look back: it stands in the page already.
    let mut live = NewestViews::watch(engine, &owner, shop.id, &phones, None).await.unwrap();
    assert_eq!(live.next().await.unwrap(), []);
    for stranger in [&other, &Actor::Nobody] {
        let refused = |error: Option<Error>| {
            assert!(matches!(error, Some(Error::NotFound | Error::Unauthenticated)), "{error:?}")
        };
        let all = Filter::default();
        refused(NewestViews::watch(engine, stranger, shop.id, &all, None).await.err());
        refused(rum::newest_views(engine, stranger, shop.id, &all, 50).await.err());
        refused(rum::newest_views_of(engine, stranger, shop.id, &domain::rum::Query::default(), 50).await.err());
        let query = domain::rum::Query::default();
        refused(rum::fix_list(engine, stranger, shop.id, &query).await.err());
        refused(rum::page_group_view(engine, stranger, shop.id, &query).await.err());
        refused(rum::changes(engine, stranger, shop.id, &domain::rum::Comparison::default()).await.err());
    }
}
