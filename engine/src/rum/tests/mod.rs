//! The room on a real Postgres.

mod answers;
mod batches;
mod keys;
mod plans;
mod quotas;
mod retention;
mod spool;
