//! Field data: what beacons say, and what the dashboard asks.
use std::path::PathBuf;
use sqlx::PgPool;
use crate::{Clock, Result, config::Variables};
#[derive(Debug, Clone)]
pub struct RumConfig { pub assets: PathBuf }
impl RumConfig { pub fn read(_v: &mut Variables<'_>, assets: PathBuf) -> Self { Self { assets } } }
#[derive(Clone)]
pub struct Collector;
impl Collector { pub fn start(_c: &RumConfig, _clock: Clock, _db: PgPool) -> Result<Self> { Ok(Self) } }
