//! What stands in the database, read without PerfAlly's own code as far as possible.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use domain::rum::{Bot, Dimension, Granularity, Measured, ViewSketch, Vital, Vitals, Weight};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

use crate::Result;

/// A row of `page_views`.
#[derive(Debug, Clone)]
pub struct Row {
    pub project: Uuid,
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub seq: i32,
    pub path: String,
    pub device: String,
    pub bot: Bot,
    pub measured: Measured,
    keys: BTreeMap<&'static str, String>,
}

impl Row {
    /// The value that a dimension splits by.
    pub fn key(&self, dimension: Dimension) -> &str {
        match dimension {
            Dimension::Device => &self.device,
            _ => self.keys.get(dimension.as_str()).map_or("", String::as_str),
        }
    }
}

/// Which row of `page_view_sketches`: project, dimension, hour, key, device.
pub type SketchKey = (Uuid, String, DateTime<Utc>, String, String);

/// All of it.
pub struct Evidence {
    pub rows: Vec<Row>,
    /// Encoded, without those that count nothing.
    pub sketches: BTreeMap<SketchKey, Vec<u8>>,
    /// Beacons by project (nil: of none) and outcome.
    pub outcomes: BTreeMap<(Uuid, String), u64>,
}

impl Evidence {
    pub async fn read(database: &PgPool) -> Result<Self> {
        folded(database).await?;
        Ok(Self {
            rows: rows(database).await?,
            sketches: sketches(database).await?,
            outcomes: outcomes(database).await?,
        })
    }

    /// The sketches that the rows give when they are counted anew.
    pub fn counted_anew(&self) -> Result<BTreeMap<SketchKey, Vec<u8>>> {
        let mut fresh: BTreeMap<SketchKey, ViewSketch> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.bot == Bot::Human) {
            for dimension in Dimension::ALL {
                let key = row.keys.get(dimension.as_str()).cloned().unwrap_or_default();
                let at = Granularity::Hour.floor(row.at);
                fresh
                    .entry((row.project, dimension.as_str().to_owned(), at, key, row.device.clone()))
                    .or_default()
                    .add(&row.measured);
            }
        }
        Ok(fresh.into_iter().map(|(key, sketch)| (key, sketch.encode())).collect())
    }

    pub fn outcome(&self, project: Uuid, outcome: &str) -> u64 {
        self.outcomes.get(&(project, outcome.to_owned())).copied().unwrap_or(0)
    }
}

/// Waits until the sketches have counted all that is stored, which a running server does by itself.
async fn folded(database: &PgPool) -> Result<()> {
    let began = Instant::now();
    loop {
        let left: i64 = sqlx::query_scalar("select count(*) from page_view_deltas").fetch_one(database).await?;
        if left == 0 {
            return Ok(());
        }
        if began.elapsed() > Duration::from_secs(30) {
            return Err(format!("{left} deltas are not counted into the sketches").into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn rows(database: &PgPool) -> Result<Vec<Row>> {
    let rows = sqlx::query("select * from page_views").fetch_all(database).await?;
    rows.iter()
        .map(|row| {
            let mut vitals = Vitals::default();
            for vital in Vital::ALL {
                vitals.set(vital, row.try_get(vital.as_str())?);
            }
            let weight: i32 = row.try_get("weight")?;
            let bot: String = row.try_get("bot")?;
            let other_keys: i16 = row.try_get("other_keys")?;
            let mut keys = BTreeMap::new();
            let keyed = Dimension::ALL.into_iter().filter(|dimension| *dimension != Dimension::Device);
            for (place, dimension) in keyed.enumerate() {
                let own: String = row.try_get(dimension.as_str())?;
                let key = if other_keys >> place & 1 == 1 { Dimension::OTHER_KEY.to_owned() } else { own };
                keys.insert(dimension.as_str(), key);
            }
            Ok(Row {
                project: row.try_get("project_id")?,
                id: row.try_get("id")?,
                at: row.try_get("at")?,
                seq: row.try_get("seq")?,
                path: row.try_get("path")?,
                device: row.try_get("device")?,
                bot: Bot::parse(&bot).ok_or("an unknown class of visitor")?,
                measured: Measured { vitals, weight: Weight::from_thousandths(weight).ok_or("an impossible weight")? },
                keys,
            })
        })
        .collect()
}

async fn sketches(database: &PgPool) -> Result<BTreeMap<SketchKey, Vec<u8>>> {
    let rows = sqlx::query(
        "select project_id, dimension, at, key, device, sketch from page_view_sketches where grain = 'hour'",
    )
    .fetch_all(database)
    .await?;
    let mut sketches = BTreeMap::new();
    for row in rows {
        let bytes: Vec<u8> = row.try_get("sketch")?;
        if !ViewSketch::decode(&bytes)?.is_empty() {
            sketches
                .insert((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?), bytes);
        }
    }
    Ok(sketches)
}

async fn outcomes(database: &PgPool) -> Result<BTreeMap<(Uuid, String), u64>> {
    let rows = sqlx::query("select project_id, outcome, sum(count)::bigint from beacon_outcomes group by 1, 2")
        .fetch_all(database)
        .await?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.try_get(2)?;
            Ok(((row.try_get(0)?, row.try_get(1)?), u64::try_from(count)?))
        })
        .collect()
}
