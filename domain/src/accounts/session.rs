//! A signed-in browser, as its owner sees it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One line of the list of signed-in browsers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// SHA-256 of the cookie's id in hex: names the session, opens nothing.
    pub hash_hex: String,
    /// For example "Firefox on Linux"; empty where the browser did not say.
    pub browser: String,
    pub created_at: DateTime<Utc>,
    /// Exact to some minutes.
    pub last_seen_at: DateTime<Utc>,
}
