//! The dashboard's answers against exact SQL over the stored rows.

use domain::{
    ProjectId,
    accounts::Actor,
    projects::Grace,
    rum::{
        Device, Dimension, DropReason, Filter, FirstBeacon, Listing, Overview, Period, Query, Rating, State, Verdict,
        Vital, VitalSummary,
    },
};
use sqlx::{AssertSqlSafe, PgPool, Row};

use crate::{
    Engine, Error,
    fakes::{World, team_of},
    projects,
    rum::{self, Arrival, Refusal},
};

/// Count, exact p75 and count of good of a vital over the stored rows of humans.
async fn exact(engine: &Engine, project: ProjectId, overview: &Overview, vital: Vital) -> (i64, Option<f64>, i64) {
    let Filter { device, page_group, .. } = &overview.query.filter;
    let statement = format!(
        "select count({vital}), percentile_disc(0.75) within group (order by {vital}), count(*) filter (where {vital} <= {good})
         from page_views where project_id = $1 and bot = 'human' and at >= $2 and at < $3
           and ($4::text is null or device = $4) and ($5::text is null or page_group = $5)",
        vital = vital.as_str(),
        good = vital.thresholds().0,
    );
    let row = sqlx::query(AssertSqlSafe(statement))
        .bind(project.0)
        .bind(overview.from)
        .bind(overview.to)
        .bind(device.map(Device::as_str))
        .bind(page_group.as_deref())
        .fetch_one(&engine.db)
        .await
        .unwrap();
    (row.get(0), row.get(1), row.get(2))
}

fn close(estimate: Option<f64>, exact: Option<f64>) -> bool {
    match (estimate, exact) {
        (Some(estimate), Some(exact)) => (estimate - exact).abs() <= 0.01 * exact + 1e-4,
        (estimate, exact) => estimate == exact,
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn every_figure_of_the_demo_equals_exact_sql_and_shows_what_was_planted(pool: PgPool) {
    let World { engine } = World::new(pool);
    let demo = rum::seed_demo(&engine).await.unwrap();
    let again = rum::seed_demo(&engine).await.unwrap();
    assert_eq!(again.id, demo.id, "the demo is seeded once");
    what_happened_is_told_to_a_demo_of_before_too(&engine, demo.id).await;

    let mut views = Vec::new();
    for period in [Period::Day, Period::Week, Period::FourWeeks] {
        for device in [None, Some(Device::Mobile), Some(Device::Desktop)] {
            for page_group in [None, Some("/product/*".to_owned()), Some("/".to_owned())] {
                views.push(Query {
                    period,
                    filter: Filter { device, page_group, ..Filter::default() },
                    ..Query::default()
                });
            }
        }
    }
    for query in views {
        let overview = rum::overview(&engine, &Actor::Nobody, demo.id, &query).await.unwrap();
        assert!(overview.page_views > 0, "{query:?}");
        for VitalSummary { vital, count, value, interval, shares, .. } in &overview.vitals {
            let (exact_count, exact_p75, good) = exact(&engine, demo.id, &overview, *vital).await;
            assert_eq!(*count as i64, exact_count, "{vital:?} {query:?}");
            assert!(close(*value, exact_p75), "{vital:?} {query:?}: {value:?} is not {exact_p75:?}");
            let shares = shares.unwrap();
            assert_eq!((shares.good * exact_count as f64).round() as i64, good, "{vital:?} {query:?}");
            if let Some(interval) = interval {
                assert!(interval.low <= value.unwrap() && value.unwrap() <= interval.high);
            }
        }
        let trend = rum::trend(&engine, &Actor::Nobody, demo.id, &query).await.unwrap();
        assert_eq!(trend.points.iter().map(|point| point.count).sum::<u64>(), overview.vitals[0].count, "{query:?}");
        assert_eq!(trend.points.len(), overview.vitals[0].sparkline.len());
        for dimension in [Dimension::Device, Dimension::PageGroup] {
            let split =
                rum::breakdown(&engine, &Actor::Nobody, demo.id, &query, &Listing::by(dimension)).await.unwrap();
            assert_eq!(split.rows.iter().map(|row| row.page_views).sum::<u64>(), overview.page_views, "{query:?}");
        }
    }

    let all = rum::overview(&engine, &Actor::Nobody, demo.id, &Query::default()).await.unwrap();
    let verdict = |device| &all.verdicts.iter().find(|verdict| verdict.device == device).unwrap().verdict;
    assert_eq!(*verdict(Device::Desktop), Verdict::Passes);
    assert_eq!(*verdict(Device::Mobile), Verdict::Fails(vec![Vital::Lcp]));
    let of = async |page_group: &str, device, vital| {
        let filter = Filter { device: Some(device), page_group: Some(page_group.into()), ..Filter::default() };
        let query = Query { filter, ..Query::default() };
        let overview = rum::overview(&engine, &Actor::Nobody, demo.id, &query).await.unwrap();
        let summary = overview.vitals.into_iter().find(|summary| summary.vital == vital).unwrap();
        assert_eq!(summary.state, State::Stable, "{page_group} {device:?} {vital:?}");
        vital.rate(summary.value.unwrap())
    };
    assert_ne!(of("/product/*", Device::Mobile, Vital::Lcp).await, Rating::Good);
    assert_eq!(of("/", Device::Mobile, Vital::Lcp).await, Rating::Good);
    assert_ne!(of("/checkout", Device::Mobile, Vital::Inp).await, Rating::Good);
    assert_ne!(of("/blog/*", Device::Mobile, Vital::Cls).await, Rating::Good);
}

const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36";

fn arrival(engine: &Engine, key: &str, nr: u32, origin: &str, path: &str) -> Arrival {
    let body = serde_json::json!({
        "v": 1, "key": key, "id": format!("019aa5e8-7b3c-7def-8123-{nr:012}"), "seq": 1,
        "url": format!("{origin}{path}"), "vitals": {"lcp": 1_000 + nr, "cls": -1},
    });
    Arrival {
        body: serde_json::to_vec(&body).unwrap().into(),
        origin: Some(origin.into()),
        user_agent: Some(AGENT.into()),
        address: [192, 0, 2, 1].into(),
        received_at: engine.now(),
    }
}

/// Sends until the outcome is known, as a client would on a busy machine.
async fn send(engine: &Engine, arrival: Arrival) -> Result<(), Refusal> {
    loop {
        match engine.rum.receive(arrival.clone()).await {
            Err(Refusal::Away | Refusal::Busy) => tokio::task::yield_now().await,
            outcome => return outcome,
        }
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn each_beacon_has_one_outcome_which_health_and_install_screen_tell(pool: PgPool) {
    let World { engine } = World::new(pool);
    let owner = World { engine: engine.clone() }.user("ada@example.com").await;
    let shop =
        projects::create_project(&engine, &owner, team_of(&owner), "Shop", "https://shop.example").await.unwrap();
    let key = shop.site_keys[0].key.as_str();
    assert_eq!(rum::first_beacon(&engine, &owner, shop.id).await.unwrap(), FirstBeacon::Waiting);

    let foreign = send(&engine, arrival(&engine, key, 1, "https://evil.example", "/")).await;
    assert_eq!(foreign, Err(Refusal::Dropped(DropReason::OriginNotAllowed)));
    assert!(matches!(
        rum::first_beacon(&engine, &owner, shop.id).await.unwrap(),
        FirstBeacon::Refused { reason: DropReason::OriginNotAllowed, origin: Some(origin), .. } if origin == "https://evil.example"
    ));
    for nr in [2, 3, 3] {
        assert_eq!(send(&engine, arrival(&engine, key, nr, "https://shop.example", "/product/7")).await, Ok(()));
    }
    let mut bot = arrival(&engine, key, 4, "https://shop.example", "/");
    bot.user_agent = Some("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)".into());
    assert_eq!(send(&engine, bot).await, Ok(()));
    let unknown = send(&engine, arrival(&engine, "pa_00000000000000000000", 5, "https://shop.example", "/")).await;
    assert_eq!(unknown, Err(Refusal::Dropped(DropReason::UnknownKey)));

    assert!(matches!(
        rum::first_beacon(&engine, &owner, shop.id).await.unwrap(),
        FirstBeacon::Received { path, .. } if path == "/product/7"
    ));
    let health = rum::health(&engine, &owner, shop.id, Period::Day).await.unwrap();
    assert_eq!((health.received, health.stored), (5, 4));
    assert_eq!((health.page_views, health.updates, health.repeats), (3, 0, 1));
    assert_eq!(health.rejected.into_iter().collect::<Vec<_>>(), [(DropReason::OriginNotAllowed, 1)]);
    assert_eq!(health.refused_values.into_iter().collect::<Vec<_>>(), [("cls:negative".to_owned(), 3)]);
    assert_eq!(health.bots.iter().map(|bot| bot.page_views).sum::<u64>(), 1);
    let overview = rum::overview(&engine, &owner, shop.id, &Query::default()).await.unwrap();
    assert_eq!(overview.page_views, 2, "a bot is stored and not counted");
    assert_eq!(overview.vitals[0].state, State::TooFew);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn new_templates_merge_what_older_ones_told_apart(pool: PgPool) {
    let World { engine } = World::new(pool);
    let owner = World { engine: engine.clone() }.user("ada@example.com").await;
    let shop =
        projects::create_project(&engine, &owner, team_of(&owner), "Shop", "https://shop.example").await.unwrap();
    let key = shop.site_keys[0].key.as_str();
    for (nr, path) in ["/team/ada", "/team/grace", "/team/grace", "/about"].into_iter().enumerate() {
        send(&engine, arrival(&engine, key, nr as u32, "https://shop.example", path)).await.unwrap();
    }
    let groups = async || -> Vec<(String, u64)> {
        let split = rum::breakdown(&engine, &owner, shop.id, &Query::default(), &Listing::by(Dimension::PageGroup))
            .await
            .unwrap();
        split.rows.into_iter().map(|row| (row.key, row.page_views)).collect()
    };
    assert_eq!(groups().await, [("/team/grace".into(), 2), ("/about".into(), 1), ("/team/ada".into(), 1)]);
    let preview = rum::preview_templates(&engine, &owner, shop.id, vec!["/team/*".into()]).await.unwrap();
    assert!(preview.contains(&("/team/ada".into(), "/team/ada".into(), "/team/*".into())));
    projects::set_templates(&engine, &owner, shop.id, vec!["/team/*".into()]).await.unwrap();
    assert_eq!(groups().await, [("/team/*".into(), 3), ("/about".into(), 1)]);
    let query =
        Query { filter: Filter { page_group: Some("/team/*".into()), ..Filter::default() }, ..Query::default() };
    assert_eq!(rum::overview(&engine, &owner, shop.id, &query).await.unwrap().page_views, 3);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn nobody_reads_what_is_not_theirs_and_a_deleted_project_leaves_nothing(pool: PgPool) {
    let world = World::new(pool.clone());
    let engine = &world.engine;
    let (owner, other) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    let shop = projects::create_project(engine, &owner, team_of(&owner), "Shop", "https://shop.example").await.unwrap();
    let key = shop.site_keys[0].key.as_str().to_owned();
    send(engine, arrival(engine, &key, 1, "https://shop.example", "/")).await.unwrap();
    let query = Query::default();
    for stranger in [&other, &Actor::Nobody] {
        let refused = |error: Option<Error>| {
            assert!(matches!(error, Some(Error::NotFound | Error::Unauthenticated)), "{error:?}")
        };
        refused(rum::overview(engine, stranger, shop.id, &query).await.err());
        refused(rum::trend(engine, stranger, shop.id, &query).await.err());
        refused(rum::breakdown(engine, stranger, shop.id, &query, &Listing::by(Dimension::Device)).await.err());
        refused(rum::health(engine, stranger, shop.id, Period::Day).await.err());
        refused(rum::first_beacon(engine, stranger, shop.id).await.err());
        refused(rum::preview_templates(engine, stranger, shop.id, vec![]).await.err());
    }
    projects::rotate_site_key(engine, &owner, shop.id, Grace::Day).await.unwrap();
    send(engine, arrival(engine, &key, 2, "https://shop.example", "/")).await.unwrap();

    projects::delete_project(engine, &owner, shop.id, "Shop").await.unwrap();
    let dead = send(engine, arrival(engine, &key, 3, "https://shop.example", "/")).await;
    assert_eq!(dead, Err(Refusal::Dropped(DropReason::UnknownKey)));
    world.run_due().await;
    for table in [
        "projects",
        "page_views",
        "page_view_deltas",
        "page_view_folds",
        "page_view_sketches",
        "beacon_arrivals",
        "site_keys",
    ] {
        let left: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}"))).fetch_one(&pool).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

async fn what_happened_is_told_to_a_demo_of_before_too(engine: &Engine, demo: ProjectId) {
    let told = async || {
        let query = Query { period: Period::Quarter, ..Query::default() };
        let trend = rum::trend(engine, &Actor::Nobody, demo, &query).await.unwrap();
        (trend.deploys, trend.incidents)
    };
    let (deploys, incidents) = told().await;
    assert_eq!((deploys.len(), incidents.len()), (5, 1));
    sqlx::query("delete from incidents").execute(&engine.db).await.unwrap();
    rum::seed_demo(engine).await.unwrap();
    assert_eq!(told().await, (deploys, incidents));
}
