//! Room that all projects share, and how much of it each has: the last eighth is kept for those that have little, so that
//! one which sends without measure does not shut the others out.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::ProjectId;

/// Projects told apart.
const SHARES: usize = 256;
const KEPT: u64 = 8;

/// A project's part, by a part of its id: projects that share a number share the room of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(usize);

impl Share {
    pub fn of(project: ProjectId) -> Self {
        Self(usize::from(project.0.as_bytes()[15]) % SHARES)
    }
}

/// What each has, in whatever the room is measured.
#[derive(Debug)]
pub struct Shares([AtomicU64; SHARES]);

impl Shares {
    pub fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    pub fn enter(&self, share: Share, amount: u64) {
        self.0[share.0].fetch_add(amount, Ordering::Relaxed);
    }

    pub fn leave(&self, share: Share, amount: u64) {
        let _ =
            self.0[share.0].try_update(Ordering::Relaxed, Ordering::Relaxed, |has| Some(has.saturating_sub(amount)));
    }

    /// Forgets what everybody has.
    pub fn clear(&self) {
        for share in &self.0 {
            share.store(0, Ordering::Relaxed);
        }
    }

    /// Whether a project has so much of a room that is filling up, `taken` of it by all, that the rest is for others.
    pub fn is_too_much_of(&self, share: Share, taken: u64, room: u64) -> bool {
        taken >= room - room / KEPT && self.0[share.0].load(Ordering::Relaxed) >= room / KEPT
    }
}
