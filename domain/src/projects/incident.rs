//! When something was wrong at a site.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// Something that went wrong, as trends mark it: at a moment, for a while, or until now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub at: DateTime<Utc>,
    /// `None` while it lasts.
    pub until: Option<DateTime<Utc>>,
    /// What it was, in one line.
    pub note: String,
}

impl Incident {
    /// Bytes of a note at most.
    const MOST_NOTE: usize = 200;

    /// `Invalid` names `note`, `at` for a time that is yet to come, or `until` for one that is, or is before `at`.
    pub fn new(
        at: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, Invalid> {
        let note = note.trim();
        if note.is_empty() || note.len() > Self::MOST_NOTE || note.chars().any(char::is_control) {
            return Err(Invalid::new("note", "Say what it was in one line of at most 200 bytes."));
        }
        if at > now {
            return Err(Invalid::new("at", "An incident is noted once it has begun, not before."));
        }
        if until.is_some_and(|until| until < at || until > now) {
            return Err(Invalid::new("until", "An incident ends after it began, and not later than now."));
        }
        Ok(Self { at, until, note: note.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_has_begun_ends_after_it_began_and_says_what_it_was() {
        let at = |hour: u32| format!("2026-11-22T{hour:02}:00:00Z").parse::<DateTime<Utc>>().unwrap();
        let new = |from, until: Option<u32>, note| Incident::new(at(from), until.map(at), note, at(12));
        assert_eq!(new(9, Some(10), " The cache was cold ").unwrap().note, "The cache was cold");
        assert_eq!(new(9, Some(9), "A moment").unwrap().until, Some(at(9)));
        assert!(new(12, None, "It lasts").is_ok());
        for (from, until, note, field) in [
            (9, None, "", "note"),
            (9, None, "two\nlines", "note"),
            (13, None, "yet to come", "at"),
            (9, Some(8), "backwards", "until"),
            (9, Some(13), "foretold", "until"),
        ] {
            assert_eq!(new(from, until, note).unwrap_err().field, field, "{note:?}");
        }
    }
}
