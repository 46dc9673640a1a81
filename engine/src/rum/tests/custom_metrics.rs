//! What the site itself measures, against exact SQL.

use chrono::TimeDelta;
use domain::{
    ProjectId,
    accounts::Actor,
    billing::Plan,
    rum::{Basis, Bot, Bound, Device, Dimension, Filter, LeftOut, Percentile, Period, Query, State, TagValue, Weight},
};
use sqlx::{AssertSqlSafe, PgPool, Row};

use super::{
    segments::filters,
    site::{shop, store, visitors},
};
use crate::{Engine, billing, fakes::World, rum};

/// Name, page views that sent it, and the percentile, by SQL.
async fn exact(engine: &Engine, project: ProjectId, query: &Query) -> Vec<(String, i64, f64)> {
    let (from, to) = query.period.range(engine.now());
    let mut wheres = String::new();
    for (dimension, value) in query.filter.narrowed() {
        wheres.push_str(&format!(" and {} = '{value}'", dimension.as_str()));
    }
    if let Some(TagValue { name, value }) = &query.filter.tag {
        wheres.push_str(&format!(" and coalesce(tags ->> '{name}', '') = '{value}'"));
    }
    let statement = format!(
        "with rows as (
             select name, value::text::double precision as value, weight::bigint as weight
             from page_views, jsonb_each(metrics) as of (name, value)
             where project_id = $1 and bot = 'human' and at >= $2 and at < $3 {wheres}
         ), ranked as (
             select name, value, sum(weight) over (partition by name order by value) as below,
                    sum(weight) over (partition by name) as weight
             from rows
         )
         select name, count(*), min(value) filter (where below >= {quantile} * weight - 0.000001)
         from ranked group by name order by count(*) desc, name",
        quantile = query.percentile.quantile(),
    );
    let rows =
        sqlx::query(AssertSqlSafe(statement)).bind(project.0).bind(from).bind(to).fetch_all(&engine.db).await.unwrap();
    rows.into_iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn custom_metrics_in_every_period_and_filter_equal_exact_sql(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (engine, now) = (&world.engine, world.now());
    let (owner, shop) = shop(&world).await;
    store(&world, &visitors(shop.id, now, 25, 1_500, 7)).await;
    world.run_due().await;
    let mut told = 0;
    for (at, filter) in filters().into_iter().enumerate() {
        for (nr, period) in [Period::Day, Period::Week, Period::FourWeeks, Period::Quarter].into_iter().enumerate() {
            let percentile = Percentile::ALL[(at + nr) % 5];
            let query = Query { period, percentile, filter: filter.clone(), ..Query::default() };
            let answer = rum::custom_metrics(engine, &owner, shop.id, &query).await.unwrap();
            let exact = exact(engine, shop.id, &query).await;
            let found: Vec<_> = answer
                .metrics
                .iter()
                .map(|metric| (metric.name.clone(), metric.count as i64, metric.value(percentile)))
                .collect();
            assert_eq!(found, exact, "{query:?}");
            assert!(answer.basis.is_whole() && answer.in_plan, "{:?}", answer.basis);
            for metric in &answer.metrics {
                assert_eq!(metric.points.iter().map(|point| point.count).sum::<u64>(), metric.count, "{query:?}");
                assert!(metric.values.is_sorted(), "{metric:?}");
                if let Some(interval) = metric.interval {
                    let value = metric.value(percentile);
                    assert!(interval.low <= value && value <= interval.high, "{interval:?} {value}");
                }
            }
            told += found.len();
        }
    }
    assert!(told > 50, "{told}");
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn each_point_of_the_trend_is_its_days_own_percentile(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (owner, shop) = shop(&world).await;
    let mut views = visitors(shop.id, world.now(), 25, 800, 8);
    views.iter_mut().for_each(|view| view.beacon.weight = Weight::ONE);
    store(&world, &views).await;
    let query = Query { percentile: Percentile::P90, ..Query::default() };
    let answer = rum::custom_metrics(&world.engine, &owner, shop.id, &query).await.unwrap();
    let metric = answer.metrics.iter().find(|metric| metric.name == "balance").unwrap();
    assert!(metric.values[0] < 0.0, "some are below zero: {:?}", metric.values);
    for point in &metric.points {
        let exact: Option<f64> = sqlx::query_scalar(
            "select percentile_disc(0.9) within group (order by (metrics ->> 'balance')::double precision)
             from page_views where bot = 'human' and metrics ? 'balance' and at >= $1 and at < $2",
        )
        .bind(point.at)
        .bind(point.at + TimeDelta::days(1))
        .fetch_one(&world.engine.db)
        .await
        .unwrap();
        assert_eq!(point.value(Percentile::P90), exact, "{}", point.at);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn few_are_told_as_few_and_none_as_none(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (owner, shop) = shop(&world).await;
    let ask = async || rum::custom_metrics(&world.engine, &owner, shop.id, &Query::default()).await.unwrap();
    assert_eq!((ask().await.metrics, ask().await.basis), (vec![], Basis::RawRows { rows: 0, left_out: None }));
    for (views, state) in [(3, State::TooFew), (12, State::Provisional), (60, State::Stable)] {
        let mut sent = visitors(shop.id, world.now(), 2, views, u64::from(views));
        for view in &mut sent {
            view.bot = Bot::Human;
            view.bot_reason = "".into();
            view.beacon.weight = Weight::ONE;
            let name = format!("of_{views}");
            view.beacon.metrics = [(name, f64::from(view.beacon.id.0.as_bytes()[15]))].into();
        }
        store(&world, &sent).await;
        let answer = ask().await;
        let metric = answer.metrics.iter().find(|metric| metric.name == format!("of_{views}")).unwrap();
        assert_eq!((metric.count, metric.state), (u64::from(views), state));
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn a_plan_without_custom_metrics_tells_none_and_what_it_keeps_no_longer_is_said_to_be_missing(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "free")]);
    let (owner, shop) = shop(&world).await;
    store(&world, &visitors(shop.id, world.now(), 120, 400, 9)).await;
    let ask = async || {
        rum::custom_metrics(&world.engine, &owner, shop.id, &Query { period: Period::Year, ..Query::default() })
            .await
            .unwrap()
    };
    let free = ask().await;
    assert_eq!((free.in_plan, free.metrics.len(), free.total_metrics), (false, 0, 0));
    billing::set_plan(&world.engine, &Actor::system(), "ada@example.com", Plan::Pro).await.unwrap();
    let Basis::RawRows { left_out, .. } = ask().await.basis else { panic!("no sketch is kept of them") };
    assert_eq!(left_out, Some(LeftOut { before: world.now() - TimeDelta::days(90), why: Bound::Kept }));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn names_that_are_made_up_do_not_crowd_the_answer(pool: PgPool) {
    let world = World::with(pool, &[("PERFALLY_PLAN", "pro")]);
    let (owner, shop) = shop(&world).await;
    let mut views = visitors(shop.id, world.now(), 2, 40, 10);
    for (nr, view) in views.iter_mut().enumerate() {
        view.bot = Bot::Human;
        view.bot_reason = "".into();
        view.device = Device::Mobile;
        view.beacon.metrics = (0..3).map(|at| (format!("made up {nr} {at}"), 1.0)).collect();
        view.beacon.metrics.insert("real".to_owned(), 2.0);
    }
    store(&world, &views).await;
    let query = Query { filter: Filter::default().with(Dimension::Device, Some("mobile")), ..Query::default() };
    let answer = rum::custom_metrics(&world.engine, &owner, shop.id, &query).await.unwrap();
    assert_eq!((answer.metrics.len(), answer.total_metrics), (50, 121));
    assert_eq!((answer.metrics[0].name.as_str(), answer.metrics[0].count), ("real", 40));
    let stranger = world.user("eve@example.com").await;
    assert!(rum::custom_metrics(&world.engine, &stranger, shop.id, &query).await.is_err());
}
