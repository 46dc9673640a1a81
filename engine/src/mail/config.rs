//! How mail leaves: `SMTP_URL` and `MAIL_FROM`.

use std::path::PathBuf;

use lettre::{AsyncSmtpTransport, Tokio1Executor, message::Mailbox};
use secrecy::SecretString;
use url::{Host, Url};

use crate::config::Variables;

/// How mail leaves.
#[derive(Debug, Clone)]
pub struct MailConfig {
    pub transport: Transport,
    /// Who the letters are from.
    pub from: Mailbox,
}

#[derive(Debug, Clone)]
pub enum Transport {
    /// `smtp://user:password@host:587?tls=required`, or `smtps://…` for TLS from the start.
    Smtp(SecretString),
    /// One `.eml` file a letter.
    Folder {
        path: PathBuf,
        /// Whether links go to the log, too: only where nobody but the developer reads it.
        log_links: bool,
    },
    /// Kept for a test to read.
    #[cfg(any(test, feature = "testing"))]
    Memory,
}

impl MailConfig {
    /// Without `SMTP_URL`, letters become files in `folder`.
    pub fn read(variables: &mut Variables<'_>, folder: PathBuf, public_url: &Url) -> Self {
        let log_links = match public_url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let transport = match variables.text("SMTP_URL") {
            None => Transport::Folder { path: folder, log_links },
            Some(text) => {
                // The text holds a password: a refusal must not repeat it.
                let is_smtp = text.starts_with("smtp://") || text.starts_with("smtps://");
                if !is_smtp || AsyncSmtpTransport::<Tokio1Executor>::from_url(&text).is_err() {
                    variables.fault(
                        "SMTP_URL",
                        "It is not an address of a mail server. Use smtp://USER:PASSWORD@HOST:587?tls=required or smtps://USER:PASSWORD@HOST:465, with special characters percent-encoded.",
                    );
                }
                Transport::Smtp(text.into())
            }
        };
        let host = match public_url.host() {
            Some(Host::Domain(name)) => name,
            _ => "localhost",
        };
        let default = format!("PerfAlly <no-reply@{host}>");
        let parse = |text: &str| {
            text.parse::<Mailbox>()
                .map_err(|_| format!("{text:?} is not a sender. Use one such as PerfAlly <no-reply@perfally.example>."))
        };
        let from = match parse(variables.text("MAIL_FROM").as_deref().unwrap_or(&default)) {
            Ok(from) => from,
            Err(message) => {
                variables.fault("MAIL_FROM", message);
                Mailbox::new(None, lettre::Address::new_dangerous("no-reply", "localhost"))
            }
        };
        Self { transport, from }
    }
}
