//! How PostgreSQL answers our questions: by index, and from the days that are asked for only.
//!
//! Every checked question to the big tables is tried, new ones too, as it stands in `.sqlx/`, on enough data for the
//! planner to choose.

use std::{collections::BTreeSet, fs, path::Path};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use uuid::Uuid;

use super::batches::{id_at, noon, project};
use crate::rum::{page_view::Window, store, upkeep_store};

const TABLES: [&str; 3] = ["page_views", "page_view_sketches", "beacon_outcomes"];
const PROJECTS: u128 = 20;
const DAYS: i64 = 14;
/// Questions of two days touch no more: each may begin and end within a day, and looks an hour ahead and behind.
const MOST_PARTITIONS: usize = 4;

/// Questions that may read a table whole, by their beginning, and why.
const EXCUSED: [(&str, &str); 0] = [];

async fn fill(db: &mut PgConnection) {
    for day in -1..=DAYS {
        upkeep_store::ensure_partition(&mut *db, (noon() - TimeDelta::days(day)).date_naive()).await.unwrap();
    }
    let projects =
        format!("(select nr, lpad(to_hex(nr), 32, '0')::uuid as id from generate_series(1, {PROJECTS}) nr) project");
    let minutes = DAYS * 24 * 60;
    for statement in [
        format!(
            "insert into page_views (project_id, id, at, updated_at, seq, weight, url_origin, path, page_group,
                 navigation_type, device, browser, os, country, connection, release, referrer, bot, bot_reason, lcp)
             select project.id, gen_random_uuid(), at, at, 1, 1000, 'https://shop.example', '/p/' || minute, '/p/*',
                 'navigate', 'mobile', 'Chrome', 'Android', 'NO', '4g', '', '', 'human', '', minute
             from {projects}, generate_series(0, {minutes}, 6) minute,
                  lateral (select timestamptz '{now}' - minute * interval '1 minute' as at) moment",
            now = noon()
        ),
        format!(
            "insert into page_view_sketches (project_id, grain, dimension, at, key, device, sketch)
             select project.id, grain, dimension, date_trunc('hour', timestamptz '{now}') - hour * interval '1 hour', key, 'mobile', '\\x01'
             from {projects}, generate_series(0, {hours}) hour, unnest(array['hour', 'day']) grain,
                  unnest(array['device', 'page_group', 'country']) dimension, unnest(array['a', 'b']) key",
            now = noon(),
            hours = DAYS * 24
        ),
        format!(
            "insert into beacon_outcomes (project_id, hour, outcome, count)
             select project.id, date_trunc('hour', timestamptz '{now}') - hour * interval '1 hour', outcome, 1
             from {projects}, generate_series(0, {hours}) hour, unnest(array['page_view', 'update', 'repeat']) outcome",
            now = noon(),
            hours = DAYS * 24
        ),
        "analyze".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *db).await.unwrap();
    }
}

/// The questions in `.sqlx/` that read one of the tables, with their parameters' types.
fn questions() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.sqlx");
    let mut questions = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let checked: Value = serde_json::from_str(&text).unwrap();
        let query = checked["query"].as_str().unwrap().to_owned();
        let words: Vec<&str> = query.split(|c: char| c.is_whitespace() || "(),".contains(c)).collect();
        let reads = words.windows(2).any(|pair| matches!(pair[0], "from" | "join") && TABLES.contains(&pair[1]));
        let changes = words.iter().any(|word| matches!(*word, "insert" | "update" | "delete"));
        if reads && !changes {
            let types = checked["describe"]["parameters"]["Left"].as_array().unwrap();
            questions.push((query, types.iter().map(|kind| kind.as_str().unwrap().to_owned()).collect()));
        }
    }
    questions.sort();
    questions
}

/// Arguments of about the meaning that parameters of these types have here: a project, ids of its page views, two days.
fn arguments(query: &str, types: &[String], ids: &[Uuid]) -> (Vec<&'static str>, Vec<String>) {
    let project = Uuid::from_u128(7);
    let times = types.iter().filter(|kind| *kind == "Timestamptz").count() as i32;
    let from: DateTime<Utc> = noon() - TimeDelta::days(2);
    let (mut time, mut texts, mut uuid_arrays, mut time_arrays) = (0, 0, 0, 0);
    let many = |item: &str| format!("array[{}]", vec![item; ids.len()].join(","));
    types
        .iter()
        .enumerate()
        .map(|(at, kind)| match kind.as_str() {
            "Text" if query.contains(&format!("date_trunc(${}", at + 1)) => ("text", "'hour'".to_owned()),
            "Uuid" => ("uuid", format!("'{project}'")),
            "UuidArray" => {
                uuid_arrays += 1;
                let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
                let array =
                    if uuid_arrays == 2 { format!("array[{}]", ids.join(",")) } else { many(&format!("'{project}'")) };
                ("uuid[]", format!("{array}::uuid[]"))
            }
            "Timestamptz" => {
                time += 1;
                let at = if times == 1 { from } else { from + TimeDelta::days(2) / (times - 1) * (time - 1) };
                ("timestamptz", format!("'{at}'"))
            }
            "TimestamptzArray" => {
                time_arrays += 1;
                let at = from + TimeDelta::hours(24 * (time_arrays - 1));
                ("timestamptz[]", format!("{}::timestamptz[]", many(&format!("'{at}'"))))
            }
            "Date" => ("date", format!("'{}'", from.date_naive())),
            "Text" | "Varchar" => {
                texts += 1;
                ("text", if texts == 1 { "'device'".to_owned() } else { "'mobile'".to_owned() })
            }
            "TextArray" => ("text[]", format!("{}::text[]", many("'device'"))),
            "Int2" | "Int4" | "Int8" => ("bigint", "100".to_owned()),
            "Float8" => ("double precision", "1000".to_owned()),
            "Bool" => ("boolean", "true".to_owned()),
            other => panic!("there is no argument of the type {other} here yet"),
        })
        .unzip()
}

/// Every scan of a plan that ran: its kind and table.
fn scans(plan: &Value, into: &mut Vec<(String, String)>) {
    let number = |name: &str| plan[name].as_f64().unwrap_or_default();
    // A day without rows is read whole at no cost.
    let is_empty = plan["Node Type"] == "Seq Scan" && number("Actual Rows") + number("Rows Removed by Filter") == 0.0;
    if let Some(table) = plan["Relation Name"].as_str()
        && number("Actual Loops") > 0.0
        && !is_empty
    {
        into.push((plan["Node Type"].as_str().unwrap_or_default().to_owned(), table.to_owned()));
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        scans(below, into);
    }
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn no_question_reads_a_big_table_whole_or_a_day_that_it_is_not_about(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    fill(&mut db).await;
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from page_views where project_id = $1 limit 50")
        .bind(Uuid::from_u128(7))
        .fetch_all(&mut *db)
        .await
        .unwrap();
    let questions = questions();
    assert!(questions.len() >= 5, "{}", questions.len());
    let mut faults = Vec::new();
    for (nr, (query, types)) in questions.iter().enumerate() {
        let (types, values) = arguments(query, types, &ids);
        let list =
            |items: Vec<String>| if items.is_empty() { String::new() } else { format!("({})", items.join(", ")) };
        let types = list(types.into_iter().map(str::to_owned).collect());
        let prepare = format!("prepare question_{nr} {types} as {query}");
        sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *db).await.unwrap();
        let explain = format!("explain (analyze, timing off, format json) execute question_{nr} {}", list(values));
        let plan: Value = sqlx::query_scalar(AssertSqlSafe(explain)).fetch_one(&mut *db).await.unwrap();
        let mut ran = Vec::new();
        scans(&plan[0]["Plan"], &mut ran);
        let excused = EXCUSED.iter().any(|(beginning, _)| query.starts_with(beginning));
        let whole: Vec<&(String, String)> = ran
            .iter()
            .filter(|(kind, table)| kind == "Seq Scan" && TABLES.iter().any(|big| table.starts_with(big)))
            .collect();
        let days: BTreeSet<&String> =
            ran.iter().map(|(_, table)| table).filter(|table| table.starts_with("page_views_2")).collect();
        if !excused && (!whole.is_empty() || days.len() > MOST_PARTITIONS) {
            faults.push(format!("{query}\n  reads whole: {whole:?}\n  days: {days:?}"));
        }
    }
    assert!(faults.is_empty(), "of {} questions:\n{}", questions.len(), faults.join("\n\n"));
}

#[sqlx::test(migrator = "crate::db::MIGRATIONS")]
async fn the_writer_looks_up_by_id_though_its_statement_was_planned_on_an_empty_day(pool: PgPool) {
    let mut db = pool.acquire().await.unwrap();
    let project = project(&mut db).await;
    store::look_up_by_index(&mut db).await.unwrap();
    let keys: Vec<_> = (0..50).map(|nr| (project, id_at(noon(), nr))).collect();
    let wanted: Vec<_> =
        keys.iter().map(|key| (*key, Window { from: noon() - TimeDelta::hours(1), to: noon() })).collect();
    for _ in 0..10 {
        assert!(store::stored(&mut db, noon(), &wanted).await.unwrap().is_empty());
    }
    fill(&mut db).await;
    assert!(store::stored(&mut db, noon(), &wanted).await.unwrap().is_empty());
    sqlx::query("select pg_stat_force_next_flush()").execute(&mut *db).await.unwrap();
    let read: i64 = sqlx::query_scalar(
        "select coalesce(sum(idx_tup_read), 0)::bigint from pg_stat_user_indexes
         where relname like 'page_views_2%' and indexrelname not like '%pkey'",
    )
    .fetch_one(&mut *db)
    .await
    .unwrap();
    assert_eq!(read, 0, "rows of a day were read that nobody asked for");
}
