//! Beacons of earlier times, thousands in one transaction: how a project is filled with invented
//! visitors, to measure on or to try things with. They go through the steps of those that come
//! through the door, into the same rows, sketches and counts; only nobody waits for each of them.

use std::collections::HashSet;

use chrono::NaiveDate;
use domain::rum::DropReason;
use sqlx::{ConnectOptions as _, PgConnection};

use super::{
    batch::{self, Desk, Received},
    collector::{Arrival, Refusal},
    fold, store, upkeep_store,
};
use crate::{Engine, Result, db};

/// Beacons that were read, and wait to be stored.
pub struct Sheaf(Vec<Received>);

/// Reads beacons: decodes, admits and describes each. Needs the processor, hardly the database.
pub async fn read_beacons(engine: &Engine, arrivals: Vec<Arrival>) -> Result<Sheaf, Refusal> {
    let mut read = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        read.push(engine.rum.received(arrival).await?);
    }
    Ok(Sheaf(read))
}

/// A connection of its own that stores one sheaf after the other.
pub struct Import {
    connection: PgConnection,
    desk: Desk,
    /// Whose partition is known to be there.
    days: HashSet<NaiveDate>,
}

impl Import {
    pub async fn open(engine: &Engine) -> Result<Self> {
        let mut connection = db::connect_options(&engine.config.db)?.connect().await?;
        store::look_up_by_index(&mut connection).await?;
        Ok(Self { connection, desk: Desk::new(engine.config.default_plan), days: HashSet::new() })
    }

    /// Stores them in one transaction, and tells in order what became of each.
    pub async fn store(&mut self, Sheaf(sheaf): Sheaf) -> Result<Vec<Result<(), DropReason>>> {
        for received in &sheaf {
            if let Received::View(view) = received
                && self.days.insert(view.at.date_naive())
            {
                upkeep_store::ensure_partition(&mut self.connection, view.at.date_naive()).await?;
            }
        }
        let outcomes = batch::commit(&mut self.connection, &mut self.desk, &sheaf, None).await?;
        fold::fold(&mut self.connection).await?;
        Ok(outcomes)
    }
}
