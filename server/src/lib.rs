//! The process: HTTP doors, sessions, and the roles of the binary `perfally`. No SQL and no
//! business rule lives here.

pub mod command;
pub mod embedded_postgres;
mod secret;
