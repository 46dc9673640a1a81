//! The questions about causes: against exact SQL over the stored rows, and against what was
//! planted in the demo.

use chrono::TimeDelta;
use domain::{
    ProjectId,
    accounts::Actor,
    rum::{
        Comparison, Days, Device, Dimension, Filter, FixList, FixRow, Part, Percentile, Period, Query, Sides, State,
        Vital, normal_selector,
    },
};
use sqlx::{AssertSqlSafe, PgPool, Row};

use crate::{
    Engine,
    fakes::World,
    jobs::Job as _,
    rum::{self, ExpirePageViews},
};

const NOBODY: Actor = Actor::Nobody;

fn table(list: &FixList, vital: Vital) -> &[FixRow] {
    &list.tables.iter().find(|table| table.vital == vital).unwrap().rows
}

fn row<'a>(list: &'a FixList, vital: Vital, target: &str) -> &'a FixRow {
    table(list, vital).iter().find(|row| row.target == target).unwrap_or_else(|| panic!("{target} of {vital:?}"))
}

/// What SQL says of a row of the fix list: its page views, the poor ones, and p75 of all if it
/// were good.
async fn exact_row(
    engine: &Engine,
    project: ProjectId,
    list: &FixList,
    filter: &Filter,
    vital: Vital,
    target: &str,
) -> (i64, i64, f64) {
    let statement = format!("select distinct {0}_target from page_views where {0}_target is not null", vital.as_str());
    let raw: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&engine.db).await.unwrap();
    let own: Vec<String> = raw.into_iter().filter(|raw| normal_selector(raw) == target).collect();
    let (good, poor) = vital.thresholds();
    let statement = format!(
        "select count(*) filter (where {v}_target = any($4)), count(*) filter (where {v}_target = any($4) and {v} > {poor}),
                percentile_disc(0.75) within group (order by case when {v}_target = any($4) then least({v}, {good}) else {v} end)
         from page_views where project_id = $1 and bot = 'human' and at >= $2 and at < $3 and {v} is not null
           and ($5::text is null or device = $5) and ($6::text is null or page_group = $6)",
        v = vital.as_str(),
    );
    let row = sqlx::query(AssertSqlSafe(statement))
        .bind(project.0)
        .bind(list.from)
        .bind(list.to)
        .bind(own)
        .bind(filter.device.map(Device::as_str))
        .bind(filter.page_group.as_deref())
        .fetch_one(&engine.db)
        .await
        .unwrap();
    (row.get(0), row.get(1), row.get(2))
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn each_planted_cause_of_the_demo_is_found_and_equals_exact_sql(pool: PgPool) {
    let World { engine } = World::new(pool);
    let engine = &engine;
    let demo = rum::seed_demo(engine).await.unwrap().id;
    the_fix_list_names_what_was_planted(engine, demo).await;
    a_page_group_tells_its_parts(engine, demo).await;
    the_lazy_release_is_a_regression_within_phones_on_product_pages(engine, demo).await;
    the_campaign_is_a_change_of_mix_alone(engine, demo).await;
    releases_and_countries_can_be_compared(engine, demo).await;
    programs_are_counted_and_told_apart(engine, demo).await;
    the_shop_tells_what_it_measures_itself(engine, demo).await;
    the_demo_outlives_the_house_plan(engine, demo).await;
}

async fn the_fix_list_names_what_was_planted(engine: &Engine, demo: ProjectId) {
    let phones = Filter { device: Some(Device::Mobile), ..Filter::default() };
    let checkout = Filter { page_group: Some("/checkout".into()), ..Filter::default() };
    for filter in [Filter::default(), phones, checkout] {
        let query = Query { period: Period::Week, filter: filter.clone(), ..Query::default() };
        let list = rum::fix_list(engine, &NOBODY, demo, &query).await.unwrap();
        assert_eq!(list.cut_at, None);
        for table in &list.tables {
            assert!(table.rows.len() <= table.total_rows as usize);
            for row in &table.rows {
                let (count, poor, if_good) = exact_row(engine, demo, &list, &filter, table.vital, &row.target).await;
                assert_eq!(row.count as i64, count, "{filter:?} {row:?}");
                assert_eq!((row.poor * count as f64).round() as i64, poor, "{filter:?} {row:?}");
                assert_eq!(row.value_if_good, Some(if_good), "{filter:?} {row:?}");
            }
        }
    }
    let week = Query { period: Period::Week, ..Query::default() };
    let list = rum::fix_list(engine, &NOBODY, demo, &week).await.unwrap();
    let picture = &table(&list, Vital::Lcp)[0];
    assert_eq!(picture.target, "main>figure>img.packshot-*", "two builds are one row");
    assert_eq!(picture.parts.dominant().unwrap().0, Part::LoadDelay);
    assert_eq!(picture.page_groups[0].0, "/product/*");
    let button = &table(&list, Vital::Inp)[0];
    assert_eq!(button.target, "form#checkout>button#pay");
    assert_eq!(button.parts.dominant().unwrap().0, Part::Processing);
    assert_eq!(button.function.as_ref().unwrap().0, "validateCard");
    assert_eq!(button.source.as_ref().unwrap().0, "https://shop.example/js/checkout.js");
    assert_eq!(table(&list, Vital::Cls)[0].target, "article>figure.lazy");
    let before = Query { period: custom(engine, 20, 10), ..Query::default() };
    let list = rum::fix_list(engine, &NOBODY, demo, &before).await.unwrap();
    let picture = row(&list, Vital::Lcp, "main>figure>img.packshot-*");
    assert_eq!(picture.parts.dominant().unwrap().0, Part::LoadTime, "before the release");

    let quarter = Query { period: Period::Quarter, ..Query::default() };
    let list = rum::fix_list(engine, &NOBODY, demo, &quarter).await.unwrap();
    assert_eq!(list.page_views, 10_000);
    assert!(list.cut_at.unwrap() > list.from, "older page views are said to be left out");
}

/// Whole days, so many days ago.
fn custom(engine: &Engine, first: i64, last: i64) -> Period {
    let ago = |days| engine.now().date_naive() - TimeDelta::days(days);
    Period::Custom(Days::new(ago(first), ago(last)))
}

async fn a_page_group_tells_its_parts(engine: &Engine, demo: ProjectId) {
    let filter = Filter { page_group: Some("/checkout".into()), ..Filter::default() };
    let query = Query { period: Period::Week, filter: filter.clone(), vital: Vital::Inp, ..Query::default() };
    let view = rum::page_group_view(engine, &NOBODY, demo, &query).await.unwrap();
    let (from, to) = query.period.range(engine.now());
    for told in &view.parts {
        assert_eq!(told.inp.dominant().unwrap().0, Part::Processing);
        let row = sqlx::query(
            "select count(*), avg(inp_processing), avg(lcp_load_time) from page_views
             where project_id = $1 and bot = 'human' and at >= $2 and at < $3 and page_group = '/checkout' and device = $4",
        )
        .bind(demo.0)
        .bind(from)
        .bind(to)
        .bind(told.device.as_str())
        .fetch_one(&engine.db)
        .await
        .unwrap();
        assert_eq!(told.lcp.count as i64, row.get::<i64, _>(0));
        assert!((told.inp.averages[1].1 - row.get::<f64, _>(1)).abs() < 1e-6);
        assert!((told.lcp.averages[2].1 - row.get::<f64, _>(2)).abs() < 1e-6);
    }
    let overview = rum::overview(engine, &NOBODY, demo, &query).await.unwrap();
    assert_eq!(view.page_views, overview.page_views, "the same page views as the sketches count");
    assert_eq!(view.paths.len(), 1);
    assert_eq!((view.paths[0].path.as_str(), view.paths[0].page_views), ("/checkout", view.page_views));
    assert!(view.newest.windows(2).all(|pair| pair[0].at >= pair[1].at));
    let nothing = rum::page_group_view(engine, &NOBODY, demo, &Query::default()).await;
    assert!(matches!(nothing, Err(crate::Error::Invalid(_))), "{nothing:?}");
}

/// The share of good LCP by page group and device, exact, as the decomposition's two sums.
async fn exact_parts(engine: &Engine, demo: ProjectId, comparison: &Comparison) -> (f64, f64) {
    let (before, after, _) = comparison.sides(engine.now());
    let rows = sqlx::query(
        "with rows as (
             select page_group, device, at >= $3 as later, lcp <= 2500 as good from page_views
             where project_id = $1 and bot = 'human' and lcp is not null and at >= $2 and at < $4
         ), sides as (
             select page_group, device,
                    count(*) filter (where not later)::float8 as n0, count(*) filter (where later)::float8 as n1,
                    count(*) filter (where good and not later)::float8 as g0,
                    count(*) filter (where good and later)::float8 as g1
             from rows group by page_group, device
         ), shares as (
             select n0 / sum(n0) over () as w0, n1 / sum(n1) over () as w1,
                    coalesce(g0 / nullif(n0, 0), g1 / n1) as s0, coalesce(g1 / nullif(n1, 0), g0 / n0) as s1
             from sides
         )
         select sum((w0 + w1) / 2 * (s1 - s0)), sum((s0 + s1) / 2 * (w1 - w0)) from shares",
    )
    .bind(demo.0)
    .bind(before.range.0)
    .bind(after.range.0)
    .bind(after.range.1)
    .fetch_one(&engine.db)
    .await
    .unwrap();
    (rows.get(0), rows.get(1))
}

async fn the_lazy_release_is_a_regression_within_phones_on_product_pages(engine: &Engine, demo: ProjectId) {
    let comparison = Comparison::default();
    let changes = rum::changes(engine, &NOBODY, demo, &comparison).await.unwrap();
    let good = changes.good.unwrap();
    let (within, mix) = exact_parts(engine, demo, &comparison).await;
    assert!((good.within - within).abs() < 1e-9 && (good.mix - mix).abs() < 1e-9, "{good:?} {within} {mix}");
    assert!((good.within + good.mix - good.total).abs() < 1e-12);
    assert!(changes.good_within.unwrap().is_significant() && good.within < -0.02, "{good:?}");
    assert!(!changes.good_mix.unwrap().is_significant(), "{:?}", changes.good_mix);
    let percentile = changes.percentile.unwrap();
    assert!((percentile.within + percentile.mix - percentile.total).abs() < 1e-6);
    assert!(percentile.within > 100.0 && percentile.mix.abs() < percentile.within / 2.0, "{percentile:?}");

    let week = Query { period: Period::Week, ..Query::default() };
    let overview = rum::overview(engine, &NOBODY, demo, &week).await.unwrap();
    assert_eq!((changes.after.count, changes.after.value), (overview.vitals[0].count, overview.vitals[0].value));
    assert_eq!(changes.before.value, overview.vitals[0].before);

    let worst = &changes.segments[0];
    assert_eq!((worst.device, worst.page_group.as_deref()), (Some(Device::Mobile), Some("/product/*")));
    let slower = worst.contribution.percentile.unwrap();
    assert!(slower.is_significant() && slower.value > 500.0, "{slower:?}");
    for other in changes.segments.iter().skip(1).filter(|segment| segment.count.1 >= State::STABLE_FROM) {
        let own = other.contribution.within;
        assert!(own.abs() < worst.contribution.within.abs() / 2.0, "{other:?}");
    }
    let moved: f64 = changes.devices.iter().map(|(_, before, after)| after - before).sum();
    assert!(moved.abs() < 1e-9);
}

async fn the_campaign_is_a_change_of_mix_alone(engine: &Engine, demo: ProjectId) {
    let query = Query { period: custom(engine, 35, 29), ..Query::default() };
    let comparison = Comparison { query, sides: Sides::Periods };
    let changes = rum::changes(engine, &NOBODY, demo, &comparison).await.unwrap();
    let (within, mix) = exact_parts(engine, demo, &comparison).await;
    let good = changes.good.unwrap();
    assert!((good.within - within).abs() < 1e-9 && (good.mix - mix).abs() < 1e-9, "{good:?} {within} {mix}");
    assert!(changes.good_mix.unwrap().is_significant() && good.mix < -0.02, "{good:?}");
    assert!(!changes.good_within.unwrap().is_significant(), "{:?}", changes.good_within);
    let (_, before, after) = changes.devices.iter().find(|(device, ..)| *device == Device::Mobile).unwrap();
    assert!(after - before > 0.15, "{before} {after}");

    // The same days, asked for by the day on which the earlier ones begin.
    let first = engine.now().date_naive() - TimeDelta::days(42);
    let against = Comparison { sides: Sides::PeriodAgainst(first), ..comparison };
    let same = rum::changes(engine, &NOBODY, demo, &against).await.unwrap();
    assert_eq!((same.before, same.after, same.good), (changes.before, changes.after, changes.good));
}

async fn releases_and_countries_can_be_compared(engine: &Engine, demo: ProjectId) {
    let query = |vital| Query { period: Period::FourWeeks, vital, ..Query::default() };
    let sides =
        |dimension, before: &str, after: &str| Sides::Values { dimension, before: before.into(), after: after.into() };
    let releases = Comparison { query: query(Vital::Lcp), sides: sides(Dimension::Release, "v123", "v124") };
    let changes = rum::changes(engine, &NOBODY, demo, &releases).await.unwrap();
    assert!(changes.good_within.unwrap().is_significant() && changes.good.unwrap().within < -0.02);
    assert_eq!((changes.segments[0].device, &changes.segments[0].page_group), (Some(Device::Mobile), &None));
    assert!(changes.percentile_total.unwrap().is_significant());

    let countries = Comparison { query: query(Vital::Ttfb), sides: sides(Dimension::Country, "DE", "BR") };
    let changes = rum::changes(engine, &NOBODY, demo, &countries).await.unwrap();
    let (before, after) = (changes.before.value.unwrap(), changes.after.value.unwrap());
    assert!(before < 800.0 && after > 1_000.0, "{before} {after}");
    assert!(changes.percentile_total.unwrap().is_significant());

    let devices = Comparison { query: query(Vital::Lcp), sides: sides(Dimension::Device, "desktop", "mobile") };
    let changes = rum::changes(engine, &NOBODY, demo, &devices).await.unwrap();
    assert!(changes.segments.iter().all(|segment| segment.device.is_none() && segment.page_group.is_some()));
    assert_eq!(changes.segments[0].page_group.as_deref(), Some("/product/*"));
    assert!(changes.devices.is_empty());

    let nobody_came = Comparison { query: query(Vital::Lcp), sides: sides(Dimension::Release, "v1", "v124") };
    let changes = rum::changes(engine, &NOBODY, demo, &nobody_came).await.unwrap();
    assert_eq!((changes.before.state, changes.good, changes.segments.len()), (State::NoData, None, 0));
}

async fn programs_are_counted_and_told_apart(engine: &Engine, demo: ProjectId) {
    let health = rum::health(engine, &NOBODY, demo, Period::FourWeeks).await.unwrap();
    let bots: u64 = health.bots.iter().map(|bots| bots.page_views).sum();
    assert!(bots > 600, "{:?}", health.bots);
    let overview = rum::overview(engine, &NOBODY, demo, &Query::default()).await.unwrap();
    assert_eq!(overview.page_views + bots, health.page_views, "programs are in no figure");
    let unexplained: i64 = sqlx::query_scalar(
        "select count(*) from page_views where lcp_target is null or (inp is not null and inp_target is null)
             or release = '' or tags ->> 'variant' is null",
    )
    .fetch_one(&engine.db)
    .await
    .unwrap();
    assert_eq!(unexplained, 0, "every page view says why");
    let metrics: i64 = sqlx::query_scalar("select count(*) from page_views where metrics ? 'cart_ready'")
        .fetch_one(&engine.db)
        .await
        .unwrap();
    assert!(metrics > 1_000);
}

async fn the_shop_tells_what_it_measures_itself(engine: &Engine, demo: ProjectId) {
    let told = async |device| {
        let query = Query { filter: Filter { device, ..Filter::default() }, ..Query::default() };
        rum::custom_metrics(engine, &NOBODY, demo, &query).await.unwrap()
    };
    let all = told(None).await;
    let names: Vec<_> = all.metrics.iter().map(|metric| (metric.name.as_str(), metric.state)).collect();
    assert_eq!(names, [("reviews_shown", State::Stable), ("cart_ready", State::Stable)]);
    assert!(all.basis.is_whole() && !all.deploys.is_empty(), "{:?}", all.basis);
    let (phones, desks) = (told(Some(Device::Mobile)).await, told(Some(Device::Desktop)).await);
    let cart = |of: &domain::rum::CustomMetrics| of.metrics[1].value(Percentile::P75);
    assert!(cart(&phones) > 1.3 * cart(&desks), "{} {}", cart(&phones), cart(&desks));
}

async fn the_demo_outlives_the_house_plan(engine: &Engine, demo: ProjectId) {
    let count = async || -> (i64, i64) {
        let row = sqlx::query("select count(*), count(*) filter (where at < $2) from page_views where project_id = $1")
            .bind(demo.0)
            .bind(engine.now() - TimeDelta::days(80))
            .fetch_one(&engine.db)
            .await
            .unwrap();
        (row.get(0), row.get(1))
    };
    let before = count().await;
    assert!((40_000..60_000).contains(&before.0) && before.1 > 3_000, "{before:?}");
    ExpirePageViews::default().run(engine).await.unwrap();
    assert_eq!(count().await, before);
    // And questions that read single page views go as far back.
    let filter = Filter::default().with(Dimension::Country, Some("BR")).with(Dimension::Browser, Some("Firefox"));
    let query = Query { period: Period::Quarter, filter, ..Query::default() };
    let overview = rum::overview(engine, &NOBODY, demo, &query).await.unwrap();
    assert!(overview.basis.is_whole(), "{:?}", overview.basis);
}
