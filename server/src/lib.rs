//! The process: HTTP doors, sessions, and the roles of the binary `perfally`. No SQL and no
//! business rule lives here.

// The types of pages nest deep.
#![recursion_limit = "512"]

pub mod accept;
pub mod address;
pub mod admin;
pub mod api;
pub mod availability;
mod body;
pub mod command;
pub mod config;
mod csrf;
pub mod embedded_postgres;
mod health;
mod limits;
mod live;
mod own_vitals;
mod pages;
mod problem;
mod refusals;
pub mod router;
mod rum;
mod secret;
mod security;
pub mod serve;
mod session;
mod site;
pub mod state;
pub mod telemetry;
