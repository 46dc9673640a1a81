//! Hours of the week against exact SQL over the stored rows.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use domain::rum::{Bot, Days, Device, Filter, HeatMap, Period, Query, State, Vital, Weight};
use sqlx::PgPool;

use super::site::{shop, store, visitors};
use crate::{Error, fakes::World, rum};

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn every_hour_of_the_week_equals_exact_sql_by_the_readers_clock(pool: PgPool) {
    let world = World::new(pool);
    let (owner, shop) = shop(&world).await;
    let mut views = visitors(shop.id, world.now(), 28, 4_000, 11);
    for view in &mut views {
        view.beacon.weight = Weight::ONE;
    }
    store(&world, &views).await;
    let engine = &world.engine;
    for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::America__New_York, Tz::Asia__Kolkata] {
        for (period, device) in [(Period::FourWeeks, None), (Period::Week, Some(Device::Mobile))] {
            let filter = Filter { device, ..Filter::default() };
            let query = Query { period, filter, vital: Vital::Lcp, ..Query::default() };
            let map = rum::heat_map(engine, &owner, shop.id, &query, zone).await.unwrap().unwrap();
            assert_eq!(map.cells.len(), HeatMap::DAYS * HeatMap::HOURS);
            let (from, to) = query.period.range(world.now());
            let rows: Vec<(i32, i64, f64)> = sqlx::query_as(
                "select ((extract(isodow from local) - 1) * 24 + extract(hour from local))::int, count(lcp),
                        percentile_disc(0.75) within group (order by lcp)
                 from (select lcp, date_trunc('hour', at at time zone 'utc') at time zone 'utc' at time zone $4 as local
                       from page_views where project_id = $1 and bot = 'human' and at >= $2 and at < $3
                         and ($5::text is null or device = $5)) views
                 group by 1",
            )
            .bind(shop.id.0)
            .bind(from)
            .bind(to)
            .bind(zone.name())
            .bind(device.map(Device::as_str))
            .fetch_all(&engine.db)
            .await
            .unwrap();
            let exact: BTreeMap<usize, (u64, f64)> =
                rows.into_iter().map(|(at, count, p75)| (at as usize, (count as u64, p75))).collect();
            assert!(exact.len() > 100, "{zone} {period:?}");
            for (at, cell) in map.cells.iter().enumerate() {
                let (count, p75) = exact.get(&at).copied().unwrap_or_default();
                assert_eq!(cell.count, count, "{zone} {period:?}, hour {at} of the week");
                match cell.value {
                    Some(value) => assert!((value - p75).abs() <= 0.01 * p75, "{zone}, hour {at}: {value}, not {p75}"),
                    None => assert!(!cell.state.shows_value() && count < 10, "{zone}, hour {at}: {cell:?}"),
                }
            }
        }
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn hours_that_nobody_came_in_or_that_are_kept_no_longer_are_told_as_such(pool: PgPool) {
    let world = World::new(pool);
    let (owner, shop) = shop(&world).await;
    let mut views = visitors(shop.id, world.now(), 1, 40, 3);
    for view in &mut views {
        // Saturday, 15 o'clock.
        view.at = "2026-11-21T15:20:00Z".parse().unwrap();
        view.bot = Bot::Human;
        view.bot_reason = "".into();
        view.beacon.weight = Weight::ONE;
    }
    store(&world, &views).await;
    let ask = async |period| {
        let query = Query { period, ..Query::default() };
        rum::heat_map(&world.engine, &owner, shop.id, &query, Tz::UTC).await.unwrap()
    };
    let cells = ask(Period::Year).await.unwrap().cells;
    let filled: Vec<_> = cells.iter().enumerate().filter(|(_, cell)| cell.count > 0).map(|(at, _)| at).collect();
    assert_eq!((filled, cells[135].count), (vec![135], 40));
    assert!(cells.iter().enumerate().all(|(at, cell)| at == 135 || cell.state == State::NoData));
    let old = Days::new("2026-09-01".parse().unwrap(), "2026-09-07".parse().unwrap());
    assert!(ask(Period::Custom(old)).await.is_none());
    let stranger = world.user("eve@example.com").await;
    let refused = rum::heat_map(&world.engine, &stranger, shop.id, &Query::default(), Tz::UTC).await;
    assert!(matches!(refused, Err(Error::NotFound)));
}
