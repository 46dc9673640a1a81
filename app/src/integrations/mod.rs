//! Programs that use PerfAlly: their keys.

pub mod actions;
pub mod api_keys_page;
