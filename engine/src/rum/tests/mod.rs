//! The room on a real Postgres.

mod answers;
mod batches;
mod causes;
mod clock;
mod custom_metrics;
mod health;
mod heat_map;
mod keys;
mod live;
mod overload;
mod plans;
mod quotas;
mod raw_rows;
mod retention;
mod segments;
mod site;
mod spool;
