//! The room on a real Postgres.

mod answers;
mod batches;
