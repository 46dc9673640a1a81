//! Letters: their form, and their way out by SMTP or into files.
//!
//! What a letter says, and to whom, is its room's. A room sends from a job, never from a
//! request: a mail server that is away is no one's wait but the queue's.

mod config;
mod letter;
mod post;
#[cfg(test)]
mod tests;

pub use config::{MailConfig, Transport};
pub use letter::{Button, Letter, Words};
pub use post::Post;
