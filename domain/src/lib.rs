//! What PerfAlly knows: its rules, words and shapes.
//!
//! Nothing here waits, reads a clock, makes an id or does I/O, so that the same rules run on
//! the server and in the browser. `now` and randomness are always arguments.

pub mod accounts;
pub mod billing;
pub mod ids;
pub mod integrations;
pub mod invalid;
pub mod projects;
pub mod rum;

pub use ids::{ApiKeyId, PageViewId, ProjectId, ShareLinkId, TeamId, UserId};
pub use invalid::Invalid;
