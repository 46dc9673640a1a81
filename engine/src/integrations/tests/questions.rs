//! What live keys and test keys are answered.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    accounts::{Actor, KeyHolder, Role},
    billing::Plan,
    integrations::{ApiMode, Scopes},
    rum::{Device, Dimension, Figures, FiguresQuery, Granularity, PageViewPlace, Percentile, TimeRange, Vital},
};
use sqlx::{AssertSqlSafe, PgPool, Row};
use uuid::Uuid;

use crate::{
    Engine, Error, billing,
    fakes::{World, team_of},
    integrations::{self, fixtures},
    projects, rum,
};

fn key_of(owner: &Actor, mode: ApiMode) -> Actor {
    Actor::Key(KeyHolder {
        key: domain::ApiKeyId(Uuid::now_v7()),
        team: team_of(owner),
        mode,
        scopes: Scopes::all(),
        role: Role::Owner,
    })
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn query(vital: Vital, from: &str, to: &str) -> FiguresQuery {
    FiguresQuery {
        vital,
        percentile: Percentile::P75,
        range: TimeRange { from: at(from), to: at(to) },
        granularity: None,
        group_by: None,
        filters: BTreeMap::new(),
    }
}

/// Count, exact percentile and count of good over the stored rows of humans.
async fn exact(engine: &Engine, project: ProjectId, query: &FiguresQuery) -> (i64, Option<f64>, i64) {
    let filters: String = query.filters.iter().map(|(by, value)| format!(" and {} = '{value}'", by.as_str())).collect();
    let statement = format!(
        "select count({vital}), percentile_disc({quantile}) within group (order by {vital}),
                count(*) filter (where {vital} <= {good})
         from page_views where project_id = $1 and bot = 'human' and at >= $2 and at < $3 {filters}",
        vital = query.vital.as_str(),
        quantile = query.percentile.quantile(),
        good = query.vital.thresholds().0,
    );
    let row = sqlx::query(AssertSqlSafe(statement)).bind(project.0).bind(query.range.from).bind(query.range.to);
    let row = row.fetch_one(&engine.db).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

async fn agrees(engine: &Engine, project: ProjectId, query: &FiguresQuery) -> Figures {
    let figures = rum::vitals(engine, &Actor::System, project, query).await.unwrap();
    let (count, value, good) = exact(engine, project, query).await;
    assert_eq!(figures.count as i64, count, "{query:?}");
    match (figures.value, value) {
        (Some(told), Some(exact)) => assert!((told - exact).abs() <= 0.01 * exact + 1e-4, "{told} {exact} {query:?}"),
        (told, exact) => assert_eq!(told, exact, "{query:?}"),
    }
    let told = figures.shares.map_or(0.0, |shares| shares.good);
    assert_eq!((told * count as f64).round() as i64, good, "{query:?}");
    assert_eq!(figures.series.iter().map(|point| point.count).sum::<u64>(), figures.count, "{query:?}");
    if query.group_by.is_some() {
        assert_eq!(figures.groups.iter().map(|group| group.count).sum::<u64>(), figures.count, "{query:?}");
    }
    assert!(!figures.approximate, "{query:?}");
    figures
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn every_answer_counts_exactly_and_is_within_a_hundredth_of_exact_sql(pool: PgPool) {
    // A world that ends on 22 November 2026, 10:00, with four weeks of a shop; all of it kept.
    let World { engine } = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let shop = rum::seed_demo(&engine).await.unwrap().id;
    let ranges = [
        ("2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z"),
        // Ends within hours, and within one hour.
        ("2026-10-28T07:13:20Z", "2026-11-21T21:47:01Z"),
        ("2026-11-20T11:59:59Z", "2026-11-20T13:00:01Z"),
        ("2026-11-20T12:10:00Z", "2026-11-20T12:50:00Z"),
        ("2026-11-19T22:00:00Z", "2026-11-22T11:00:00Z"),
        ("2025-12-01T00:00:00Z", "2025-12-02T00:00:00Z"),
    ];
    for (nr, (from, to)) in ranges.into_iter().enumerate() {
        for (vital, percentile) in Vital::ALL.into_iter().zip(Percentile::ALL.into_iter().cycle().skip(nr)) {
            agrees(&engine, shop, &FiguresQuery { percentile, ..query(vital, from, to) }).await;
        }
    }
    // By every dimension, alone, with a device, and with a second one, which no sketch answers.
    let [range, ..] = ranges;
    for group_by in Dimension::ALL {
        for filters in [
            &[][..],
            &[(Dimension::Device, "mobile")],
            &[(Dimension::Country, "DE")],
            &[(Dimension::PageGroup, "/product/*"), (Dimension::Device, "desktop")],
            &[(Dimension::Country, "NO"), (Dimension::Browser, "Chrome")],
        ] {
            let filters = filters.iter().map(|(by, value)| (*by, (*value).to_owned())).collect();
            let query = FiguresQuery { filters, group_by: Some(group_by), ..query(Vital::Lcp, range.0, range.1) };
            let figures = agrees(&engine, shop, &query).await;
            assert!(figures.count > 0, "{query:?}");
            for group in figures.groups.iter().filter(|group| group.count > 200) {
                let mut alone = query.clone();
                alone.filters.insert(group_by, group.key.clone());
                alone.group_by = None;
                let (count, value, _) = exact(&engine, shop, &alone).await;
                assert_eq!(group.count as i64, count, "{alone:?}");
                assert!((group.value.unwrap() - value.unwrap()).abs() <= 0.01 * value.unwrap(), "{alone:?}");
            }
        }
    }
    let by_hour = FiguresQuery { granularity: Some(Granularity::Hour), ..query(Vital::Lcp, ranges[4].0, ranges[4].1) };
    assert_eq!(agrees(&engine, shop, &by_hour).await.series.len(), 61);
    let by_day = FiguresQuery { granularity: Some(Granularity::Day), ..by_hour };
    assert_eq!(agrees(&engine, shop, &by_day).await.series.len(), 4);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_is_not_kept_any_more_is_told_as_approximate_or_refused(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let engine = &world.engine;
    let shop = rum::seed_demo(engine).await.unwrap().id;
    let owner = world.user("ada@example.com").await;
    // The shop's team, which nobody is of, on a plan that keeps page views for seven days.
    sqlx::query("insert into subscriptions select team_id, 'free', now() from projects where id = $1")
        .bind(shop.0)
        .execute(&engine.db)
        .await
        .unwrap();
    assert_eq!(billing::plan(engine, team_of(&owner)).await.unwrap(), Plan::Agency);
    let ask = async |query: &FiguresQuery| rum::vitals(engine, &Actor::System, shop, query).await;
    // An end within an hour whose page views may be gone takes the whole hour.
    let wide = ask(&query(Vital::Lcp, "2026-11-05T10:30:00Z", "2026-11-22T00:00:00Z")).await.unwrap();
    let whole = ask(&query(Vital::Lcp, "2026-11-05T10:00:00Z", "2026-11-22T00:00:00Z")).await.unwrap();
    assert!(wide.approximate && !whole.approximate);
    assert_eq!(wide.count, whole.count);
    // Two dimensions are read from what is left.
    let mut two = query(Vital::Lcp, "2026-11-05T10:00:00Z", "2026-11-22T00:00:00Z");
    two.filters = BTreeMap::from([(Dimension::Country, "DE".into()), (Dimension::Browser, "Chrome".into())]);
    assert!(ask(&two).await.unwrap().approximate);
    two.range.from = at("2026-11-16T00:00:00Z");
    assert!(!ask(&two).await.unwrap().approximate);

    // Two weeks later, hours of before are not relied upon.
    world.advance(TimeDelta::days(14));
    let old = query(Vital::Lcp, "2026-11-02T05:00:00Z", "2026-11-03T00:00:00Z");
    let figures = ask(&old).await.unwrap();
    assert!(figures.approximate);
    assert_eq!(figures.series.len(), 1, "a short range has days where hours are gone");
    assert_eq!(
        figures.count as i64,
        exact(engine, shop, &query(Vital::Lcp, "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")).await.0
    );
    let by_hour = ask(&FiguresQuery { granularity: Some(Granularity::Hour), ..old }).await.unwrap();
    assert_eq!(by_hour.granularity, Granularity::Day, "hours that are not kept any more");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn pages_of_page_views_hold_each_once_while_more_come(pool: PgPool) {
    let World { engine } = World::new(pool.clone());
    let shop = rum::seed_demo(&engine).await.unwrap().id;
    let range = TimeRange { from: at("2026-11-21T00:00:00Z"), to: at("2026-11-22T11:00:00Z") };
    let there: i64 = sqlx::query_scalar("select count(*) from page_views where project_id = $1 and at >= $2")
        .bind(shop.0)
        .bind(range.from)
        .fetch_one(&pool)
        .await
        .unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = rum::page_views(&engine, &Actor::System, shop, range, after, 50).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(PageViewPlace { at: last.at, id: last.id });
        seen.extend(page.into_iter().map(|view| (view.at, view.id)));
        // A newer one, and one at the very time of the last that was told but with a larger id.
        for (at, id) in [(at("2026-11-22T10:30:00Z"), Uuid::now_v7()), (after.unwrap().at, Uuid::max())] {
            sqlx::query(
                "insert into page_views select (jsonb_populate_record(null::page_views, to_jsonb(one) || jsonb_build_object('id', $2, 'at', $3))).*
                 from (select * from page_views where project_id = $1 limit 1) one on conflict do nothing",
            )
            .bind(shop.0)
            .bind(id)
            .bind(at)
            .execute(&pool)
            .await
            .unwrap();
        }
    }
    assert_eq!(seen.len() as i64, there);
    assert!(seen.is_sorted_by(|a, b| a > b));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_key_reads_its_own_team_only_not_even_what_is_public(pool: PgPool) {
    let World { engine } = World::with(pool, &[("PERFALLY_PLAN", "agency")]);
    let world = World { engine: engine.clone() };
    let demo = rum::seed_demo(&engine).await.unwrap().id;
    let (ada, eve) = (world.user("ada@example.com").await, world.user("eve@example.com").await);
    let shop = projects::create_project(&engine, &ada, team_of(&ada), "Shop", "https://shop.example").await.unwrap().id;
    let range = TimeRange { from: at("2026-11-21T00:00:00Z"), to: at("2026-11-22T00:00:00Z") };
    let figures = query(Vital::Lcp, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
    let asked = async |actor: &Actor, id: ProjectId| -> [Option<Error>; 4] {
        [
            integrations::find_project(&engine, actor, id).await.err(),
            integrations::vitals(&engine, actor, id, &figures).await.err(),
            integrations::page_views(&engine, actor, id, range, None).await.err(),
            integrations::health(&engine, actor, id, range).await.err(),
        ]
    };
    assert!(asked(&key_of(&ada, ApiMode::Live), shop).await.iter().all(Option::is_none));
    assert!(asked(&key_of(&ada, ApiMode::Test), fixtures::PROJECT).await.iter().all(Option::is_none));
    for (actor, id) in [
        (key_of(&eve, ApiMode::Live), shop),
        (key_of(&ada, ApiMode::Live), demo),
        (key_of(&ada, ApiMode::Live), fixtures::PROJECT),
        (key_of(&ada, ApiMode::Test), shop),
        (key_of(&ada, ApiMode::Test), demo),
    ] {
        let answers = asked(&actor, id).await;
        assert!(answers.iter().all(|error| matches!(error, Some(Error::NotFound))), "{answers:?}");
    }
    // The rooms' own verbs are closed to test keys and to what scopes do not cover.
    let test = key_of(&ada, ApiMode::Test);
    assert!(matches!(projects::projects(&engine, &test).await, Err(Error::Forbidden)));
    assert!(matches!(projects::project(&engine, &test, shop).await, Err(Error::NotFound)));
    let live = key_of(&ada, ApiMode::Live);
    let refused = projects::rename_project(&engine, &live, shop, "Mine").await;
    assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    let listed = integrations::list_projects(&engine, &live, None).await.unwrap();
    assert_eq!(listed.entries.iter().map(|project| project.id).collect::<Vec<_>>(), [shop]);
    assert!(integrations::list_projects(&engine, &key_of(&eve, ApiMode::Live), None).await.unwrap().entries.is_empty());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_scope_that_is_missing_is_told_whatever_is_asked_for(pool: PgPool) {
    let world = World::new(pool);
    let ada = world.user("ada@example.com").await;
    let figures = query(Vital::Lcp, "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z");
    let with = |scope| {
        let Actor::Key(holder) = key_of(&ada, ApiMode::Live) else { panic!("not a key") };
        Actor::Key(KeyHolder { scopes: Scopes::parse([scope]).unwrap(), ..holder })
    };
    for id in [fixtures::PROJECT, ProjectId(Uuid::now_v7())] {
        let listing = integrations::vitals(&world.engine, &with("projects:read"), id, &figures).await;
        assert!(matches!(listing, Err(Error::Forbidden)), "{listing:?}");
        let reading = integrations::find_project(&world.engine, &with("vitals:read"), id).await;
        assert!(matches!(reading, Err(Error::Forbidden)), "{reading:?}");
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn test_keys_get_the_same_answer_whenever_they_ask(pool: PgPool) {
    let world = World::new(pool);
    let ada = world.user("ada@example.com").await;
    let test = key_of(&ada, ApiMode::Test);
    let mut answers = Vec::new();
    for _ in 0..2 {
        let range = TimeRange::parse(None, None, integrations::now(&world.engine, &test)).unwrap();
        let ask = FiguresQuery {
            range,
            group_by: Some(Dimension::Device),
            ..query(Vital::Lcp, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
        };
        let figures = integrations::vitals(&world.engine, &test, fixtures::PROJECT, &ask).await.unwrap();
        let views = integrations::page_views(&world.engine, &test, fixtures::PROJECT, range, None).await.unwrap();
        let health = integrations::health(&world.engine, &test, fixtures::PROJECT, range).await.unwrap();
        answers.push((figures, views, health));
        world.advance(TimeDelta::days(40));
    }
    assert_eq!(answers[0], answers[1]);
    let (figures, views, health) = &answers[0];
    assert!(
        figures.count > 3_000 && figures.value.is_some() && figures.groups.len() == Device::ALL.len(),
        "{figures:?}"
    );
    assert!(views.more && views.entries.len() == 50);
    assert_eq!(health.received, health.stored + health.rejected.values().sum::<u64>());
}
