//! The room on a real Postgres.

mod answers;
mod batches;
mod health;
mod raw_rows;
mod segments;
mod site;
mod causes;
mod live;
