//! The room on a real Postgres.

mod answers;
mod batches;
mod causes;
mod health;
<<<<<<< ours
mod keys;
mod live;
mod plans;
mod quotas;
=======
mod live;
>>>>>>> theirs
mod raw_rows;
mod retention;
mod segments;
mod site;
<<<<<<< ours
mod spool;
=======
>>>>>>> theirs
