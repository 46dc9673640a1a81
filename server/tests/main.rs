//! The whole server, asked from outside. One file a flow; `world` starts it.

mod access;
mod accounts;
mod admin;
mod api;
mod availability;
mod beacon;
mod config;
mod connections;
mod figures;
mod forgery;
mod headers;
mod life;
mod live;
mod own_postgres;
mod replicas;
mod segments;
mod share;
mod site;
mod world;
