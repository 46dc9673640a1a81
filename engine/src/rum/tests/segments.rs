//! Every view, filtered and split in every way, against exact SQL over the stored rows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ProjectId,
    rum::{
        Basis, Bound, BreakdownRow, By, Column, Days, Device, Dimension, Filter, LeftOut, Listing, Percentile, Period,
        Query, Since, TagValue, Verdict, Vital,
    },
};
use sqlx::{AssertSqlSafe, PgPool, Row};

use super::site::{shop, store, visitors};
use crate::{Engine, Error, fakes::World, projects, rum};

/// What SQL says of one segment.
#[derive(Debug)]
struct Exact {
    page_views: i64,
    weight: i64,
    count: i64,
    reported: i64,
    good: i64,
    value: Option<f64>,
}

fn column(by: &By) -> String {
    match by {
        By::Dimension(dimension) => dimension.as_str().to_owned(),
        By::Tag(name) => format!("coalesce(tags ->> '{name}', '')"),
    }
}

async fn exact(
    engine: &Engine,
    project: ProjectId,
    query: &Query,
    by: &By,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> BTreeMap<String, Exact> {
    let mut wheres = String::new();
    for (dimension, value) in query.filter.narrowed() {
        wheres.push_str(&format!(" and {} = '{value}'", dimension.as_str()));
    }
    if let Some(TagValue { name, value }) = &query.filter.tag {
        wheres.push_str(&format!(" and coalesce(tags ->> '{name}', '') = '{value}'"));
    }
    let (vital, good, quantile) = (query.vital.as_str(), query.vital.thresholds().0, query.percentile.quantile());
    let statement = format!(
        "with rows as (
             select {key} as key, weight::bigint as weight, {vital} as value from page_views
             where project_id = $1 and bot = 'human' and at >= $2 and at < $3 {wheres}
         ), ranked as (
             select key, value, sum(weight) over (partition by key order by value) as below,
                    sum(weight) over (partition by key) as weight
             from rows where value is not null
         ), percentiles as (
             select key, min(value) filter (where below >= {quantile} * weight - 0.000001) as value from ranked group by key
         )
         select rows.key, count(*), sum(weight)::bigint, count(rows.value),
                coalesce(sum(weight) filter (where rows.value is not null), 0)::bigint,
                coalesce(sum(weight) filter (where rows.value <= {good}), 0)::bigint,
                (select value from percentiles where percentiles.key = rows.key)
         from rows group by rows.key",
        key = column(by),
    );
    let rows =
        sqlx::query(AssertSqlSafe(statement)).bind(project.0).bind(from).bind(to).fetch_all(&engine.db).await.unwrap();
    rows.into_iter()
        .map(|row| {
            let exact = Exact {
                page_views: row.get(1),
                weight: row.get(2),
                count: row.get(3),
                reported: row.get(4),
                good: row.get(5),
                value: row.get(6),
            };
            (row.get(0), exact)
        })
        .collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

fn same(row: &BreakdownRow, exact: &Exact, all: &Exact, what: &str) {
    assert_eq!((row.page_views as i64, row.count as i64), ((exact.weight + 500) / 1_000, exact.count), "{what}");
    assert!(close(row.traffic, exact.weight as f64 / all.weight as f64), "{what}: {row:?} {exact:?}");
    match (row.value, exact.value) {
        (Some(value), Some(exact)) => assert!((value - exact).abs() <= 0.01 * exact + 1e-4, "{what}: {value} {exact}"),
        (value, exact) => assert_eq!(value, exact, "{what}"),
    }
    let good = row.shares.map(|shares| shares.good);
    let exact_good = (exact.reported > 0).then(|| exact.good as f64 / exact.reported as f64);
    assert!(close(good.unwrap_or(-1.0), exact_good.unwrap_or(-1.0)), "{what}: {good:?} {exact_good:?}");
    let gain = if all.reported == 0 { 0.0 } else { (exact.reported - exact.good) as f64 / all.reported as f64 };
    assert!(close(row.opportunity, gain), "{what}: {} {gain}", row.opportunity);
}

/// Views narrowed in every way: none, by sketches, by raw rows, by a tag.
pub fn filters() -> Vec<Filter> {
    let all = Filter::default();
    let phones = Filter { device: Some(Device::Mobile), ..Filter::default() };
    let variant = |value: &str| Some(TagValue { name: "variant".into(), value: value.into() });
    vec![
        all.clone(),
        phones.clone(),
        all.clone().with(Dimension::Country, Some("NO")),
        phones.clone().with(Dimension::Country, Some("")),
        phones.clone().with(Dimension::PageGroup, Some("/cart")),
        all.clone().with(Dimension::PageGroup, Some("/")).with(Dimension::Browser, Some("Chrome")),
        phones.clone().with(Dimension::Release, Some("1.1")).with(Dimension::Os, Some("Linux")),
        all.clone().with(Dimension::Connection, Some("4g")).with(Dimension::NavigationType, Some("reload")),
        Filter { tag: variant("b"), ..phones },
        Filter { tag: variant(""), ..all },
    ]
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn every_view_filtered_and_split_in_every_way_equals_exact_sql(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (engine, now) = (&world.engine, world.now());
    let (owner, shop) = shop(&world).await;
    store(&world, &visitors(shop.id, now, 25, 1_500, 7)).await;
    world.run_due().await;

    let day = |back: i64| (now - TimeDelta::days(back)).date_naive();
    let periods = [Period::Week, Period::FourWeeks, Period::Custom(Days::new(day(9), day(4)))];
    let bys: Vec<By> = Dimension::ALL.map(By::Dimension).into_iter().chain([By::Tag("variant".to_owned())]).collect();
    let (mut sketches, mut raw) = (0, 0);
    for (at, filter) in filters().into_iter().enumerate() {
        for (nr, by) in bys.iter().enumerate() {
            // Every period, vital and percentile meets every kind of filter, not each in each way.
            let query = Query {
                period: periods[(at + nr) % 3],
                filter: filter.clone(),
                vital: Vital::CORE[(at + nr / 3) % 3],
                percentile: Percentile::ALL[(at + nr) % 5],
            };
            let what = format!("{query:?} by {by:?}");
            let listing = Listing { sort: Column::PageViews, ..Listing::by(by.clone()) };
            let table = rum::breakdown(engine, &owner, shop.id, &query, &listing).await.unwrap();
            let exact = exact(engine, shop.id, &query, by, query.period.range(now)).await;
            let sum = |of: fn(&Exact) -> i64| exact.values().map(of).sum::<i64>();
            let all = Exact {
                page_views: sum(|exact| exact.page_views),
                weight: sum(|exact| exact.weight),
                count: sum(|exact| exact.count),
                reported: sum(|exact| exact.reported),
                good: sum(|exact| exact.good),
                value: table.all.value,
            };
            assert!(all.page_views > 0, "{what}");
            assert_eq!(table.rows.len(), exact.len(), "{what}");
            for row in &table.rows {
                same(row, &exact[&row.key], &all, &what);
            }
            same(&table.all, &all, &all, &what);
            match table.basis {
                Basis::Sketches => sketches += 1,
                Basis::RawRows { rows, left_out } => {
                    assert_eq!((rows as i64, left_out), (all.page_views, None), "{what}");
                    raw += 1;
                }
            }
            let overview = rum::overview(engine, &owner, shop.id, &query).await.unwrap();
            assert_eq!(overview.page_views as i64, (all.weight + 500) / 1_000, "{what}");
            assert_eq!(overview.counted as i64, all.page_views, "{what}");
            let trend = rum::trend(engine, &owner, shop.id, &query).await.unwrap();
            assert_eq!(trend.points.iter().map(|point| point.count).sum::<u64>() as i64, all.count, "{what}");
            let histogram = rum::distribution(engine, &owner, shop.id, &query).await.unwrap();
            assert_eq!(histogram.count as i64, all.count, "{what}");
            // Asked together, in any order, parts are as they are alone.
            let question = rum::Question::ask(engine, &owner, shop.id, &query).await.unwrap();
            for part in (0..5).map(|part| (part + at + nr) % 5) {
                match part {
                    0 => assert_eq!(question.overview().await.unwrap(), overview, "{what}"),
                    1 => assert_eq!(question.trend().await.unwrap(), trend, "{what}"),
                    2 => assert_eq!(question.distribution().await.unwrap(), histogram, "{what}"),
                    3 => assert_eq!(question.breakdown(&listing).await.unwrap(), table, "{what}"),
                    _ => {
                        let alone = rum::standings(engine, &owner, shop.id, &query).await.unwrap();
                        assert_eq!(question.standings().await.unwrap(), alone, "{what}");
                    }
                }
            }
        }
    }
    assert!(sketches >= 20 && raw >= 40, "{sketches} by sketches, {raw} by raw rows");
    assert_eq!(rum::tag_names(engine, &owner, shop.id).await.unwrap(), ["variant"]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn what_a_plan_keeps_no_longer_is_said_to_be_missing(pool: PgPool) {
    let world = World::new(pool);
    let (owner, shop) = shop(&world).await;
    store(&world, &visitors(shop.id, world.now(), 20, 300, 1)).await;
    let filter = Filter::default().with(Dimension::Country, Some("NO")).with(Dimension::Browser, Some("Chrome"));
    let basis = async |period| {
        let query = Query { period, filter: filter.clone(), ..Query::default() };
        rum::overview(&world.engine, &owner, shop.id, &query).await.unwrap().basis
    };
    let Basis::RawRows { left_out, .. } = basis(Period::FourWeeks).await else { panic!("raw rows") };
    assert_eq!(left_out, Some(LeftOut { before: world.now() - TimeDelta::days(7), why: Bound::Kept }));
    assert!(basis(Period::Day).await.is_whole());
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_period_before_is_the_second_line_of_the_trend(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (owner, shop) = shop(&world).await;
    let mut views = visitors(shop.id, world.now(), 7, 200, 3);
    let earlier: Vec<_> = visitors(shop.id, world.now() - TimeDelta::days(7), 6, 200, 4);
    views.extend(earlier);
    store(&world, &views).await;
    let query = Query { period: Period::Week, percentile: Percentile::P90, ..Query::default() };
    let trend = rum::trend(&world.engine, &owner, shop.id, &query).await.unwrap();
    let (from, to) = query.period.range(world.now());
    assert!(trend.points.iter().any(|point| point.before.is_some()));
    // The same hour, a week earlier, asked for by itself.
    for point in trend.points.iter().filter(|point| point.before.is_some()).take(5) {
        let at = point.at - (to - from);
        let values: Option<f64> = sqlx::query_scalar(
            "select percentile_disc(0.5) within group (order by lcp) from page_views
             where project_id = $1 and bot = 'human' and at >= $2 and at < $3 having count(*) = 1",
        )
        .bind(shop.id.0)
        .bind(at)
        .bind(at + TimeDelta::hours(1))
        .fetch_optional(&world.engine.db)
        .await
        .unwrap();
        if let (Some(exact), Some(value)) = (values, point.before) {
            assert!((exact - value).abs() <= 0.01 * exact, "{exact} {value}");
        }
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn deploys_of_the_period_are_marked_in_the_trend(pool: PgPool) {
    let world = World::new(pool);
    let (owner, shop) = shop(&world).await;
    let (engine, now) = (&world.engine, world.now());
    let add = async |release: &str, at| projects::add_deploy(engine, &owner, shop.id, release, at, "").await;
    add("1.1", Some(now - TimeDelta::days(3))).await.unwrap();
    add("1.0", Some(now - TimeDelta::days(40))).await.unwrap();
    add("1.2", None).await.unwrap();
    add("1.2", None).await.unwrap();
    for (release, at) in [("", None), ("2.0", Some(now + TimeDelta::hours(1)))] {
        assert!(matches!(add(release, at).await, Err(Error::Invalid(_))), "{release:?} {at:?}");
    }
    let stranger = world.user("eve@example.com").await;
    let refused = projects::add_deploy(engine, &stranger, shop.id, "1.3", None, "").await;
    assert!(matches!(refused, Err(Error::NotFound)));
    let trend = rum::trend(engine, &owner, shop.id, &Query::default()).await.unwrap();
    let marked: Vec<_> = trend.deploys.iter().map(|deploy| deploy.release.as_str()).collect();
    assert_eq!(marked, ["1.1", "1.2"]);
    assert_eq!(trend.bucket_of(trend.deploys[0].at), Some(trend.points.len() - 4));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn incidents_that_lasted_in_the_period_are_marked_in_the_trend(pool: PgPool) {
    let world = World::new(pool);
    let (owner, shop) = shop(&world).await;
    let (engine, now) = (&world.engine, world.now());
    let days = TimeDelta::days;
    let add = async |note: &str, at, until| projects::add_incident(engine, &owner, shop.id, at, until, note).await;
    add("over", now - days(40), Some(now - days(30))).await.unwrap();
    add("began before", now - days(40), Some(now - days(26))).await.unwrap();
    add("moment", now - days(3), Some(now - days(3))).await.unwrap();
    add("lasts", now - days(1), None).await.unwrap();
    for (note, at, until) in [("", now, None), ("x", now + days(1), None), ("x", now, Some(now - days(1)))] {
        assert!(matches!(add(note, at, until).await, Err(Error::Invalid(_))), "{note:?} {at:?} {until:?}");
    }
    let stranger = world.user("eve@example.com").await;
    let refused = projects::add_incident(engine, &stranger, shop.id, now, None, "theirs").await;
    assert!(matches!(refused, Err(Error::NotFound)));
    let trend = rum::trend(engine, &owner, shop.id, &Query::default()).await.unwrap();
    let marked: Vec<_> =
        trend.incidents.iter().map(|incident| (incident.note.as_str(), trend.buckets_of(incident).unwrap())).collect();
    assert_eq!(marked, [("began before", (0, 1)), ("moment", (24, 24)), ("lasts", (26, 27))]);
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_verdict_is_told_with_the_day_since_it_holds(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (owner, shop) = shop(&world).await;
    // Slow for 60 days, then so fast that a window of four weeks turns good after some days.
    let mut views = visitors(shop.id, world.now() - TimeDelta::days(12), 60, 700, 5);
    let mut fast = visitors(shop.id, world.now(), 12, 6_000, 6);
    for (view, lcp) in views.iter_mut().map(|view| (view, 6_000.0)).chain(fast.iter_mut().map(|view| (view, 900.0))) {
        view.device = Device::Mobile;
        view.bot = domain::rum::Bot::Human;
        view.bot_reason = "".into();
        view.beacon.weight = domain::rum::Weight::ONE;
        view.beacon.vitals =
            domain::rum::Vitals::default().with(Vital::Lcp, lcp).with(Vital::Cls, 0.01).with(Vital::Inp, 80.0);
    }
    views.extend(fast);
    store(&world, &views).await;
    world.run_due().await;
    let standings = rum::standings(&world.engine, &owner, shop.id, &Query::default()).await.unwrap();
    assert_eq!(standings.len(), 1);
    assert_eq!(standings[0].verdict, Verdict::Passes);
    let Since::Day(since) = standings[0].since else { panic!("{standings:?}") };
    // The same by asking for the two windows themselves.
    let verdict = async |last: chrono::NaiveDate| {
        let period = Period::Custom(Days::new(last - TimeDelta::days(27), last));
        let query = Query { period, ..Query::default() };
        rum::overview(&world.engine, &owner, shop.id, &query).await.unwrap().verdicts[0].verdict.clone()
    };
    assert_eq!(verdict(since).await, Verdict::Passes);
    assert_eq!(verdict(since - TimeDelta::days(1)).await, Verdict::Fails(vec![Vital::Lcp]));
}
