//! What tests stand on: a whole engine on a fresh database, with a clock that stands still.
