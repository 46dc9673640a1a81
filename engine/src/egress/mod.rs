//! The one way out to addresses that users give.
//!
//! An address is looked at before anything is sent to it: only the public Internet, on the web's
//! two ports, and whatever the operator allows besides. What was looked at is what is connected to;
//! each redirect is looked at anew; size, time and redirects are bounded.

mod address;
mod allow;
mod fetch;
mod network;
mod resolver;
#[cfg(test)]
mod tests;

pub use address::is_public;
pub use allow::Allow;
pub use fetch::{Egress, Fault, Fetched, Limits};
pub use network::Network;

use crate::config::Variables;

#[derive(Debug, Clone, Default)]
pub struct EgressConfig {
    /// `PERFALLY_EGRESS_ALLOW`
    pub allow: Allow,
}

impl EgressConfig {
    pub fn read(variables: &mut Variables<'_>) -> Self {
        Self { allow: variables.parsed("PERFALLY_EGRESS_ALLOW", Allow::default(), Allow::parse) }
    }
}
