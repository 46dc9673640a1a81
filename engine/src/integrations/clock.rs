//! What time it is for a program.

use chrono::{DateTime, Utc};
use domain::{
    accounts::{Actor, KeyHolder},
    integrations::ApiMode,
};

use super::fixtures;
use crate::Engine;

/// Ranges that are not told end now: by the clock, or, for a test key, where its made-up world
/// stands still.
pub fn now(engine: &Engine, actor: &Actor) -> DateTime<Utc> {
    match actor {
        Actor::Key(KeyHolder { mode: ApiMode::Test, .. }) => fixtures::NOW,
        _ => engine.now(),
    }
}
