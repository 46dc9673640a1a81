//! The way out.

use std::{io::ErrorKind, path::PathBuf, time::Duration};

use domain::Invalid;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor, message::Mailbox, transport::smtp};
use secrecy::ExposeSecret;

use super::{Letter, MailConfig, Transport};
use crate::{Error, Result};

/// A mail server that is silent for so long counts as away.
const SMTP_LIMIT: Duration = Duration::from_secs(20);

/// Sends letters. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder {
        path: PathBuf,
        log_links: bool,
    },
    #[cfg(any(test, feature = "testing"))]
    Memory(std::sync::Arc<std::sync::Mutex<Vec<Letter>>>),
}

impl Post {
    /// Connects to nothing yet.
    pub fn new(config: &MailConfig) -> Result<Self> {
        let way = match &config.transport {
            Transport::Smtp(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
                    .map_err(|_| Error::internal("SMTP_URL is not an address of a mail server"))?
                    .timeout(Some(SMTP_LIMIT))
                    .build(),
            ),
            Transport::Folder { path, log_links } => Way::Folder { path: path.clone(), log_links: *log_links },
            #[cfg(any(test, feature = "testing"))]
            Transport::Memory => Way::Memory(std::sync::Arc::default()),
        };
        Ok(Self { from: config.from.clone(), way })
    }

    /// Hands a letter over. `Upstream` where trying again may help; `Invalid` where the mail
    /// server refuses this letter or its receiver for good.
    pub async fn send(&self, letter: &Letter) -> Result<()> {
        let message = letter.message(&self.from)?;
        match &self.way {
            Way::Smtp(smtp) => smtp.send(message).await.map(drop).map_err(refusal),
            Way::Folder { path, log_links } => {
                let file = write(path, letter, &message.formatted()).await.map_err(Error::internal)?;
                let link = letter.link.as_ref().filter(|_| *log_links).map(tracing::field::display);
                tracing::info!(subject = letter.subject, file = %file.display(), link, "no SMTP_URL: a letter was written to a file");
                Ok(())
            }
            #[cfg(any(test, feature = "testing"))]
            Way::Memory(letters) => {
                let mut letters = letters.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                letters.push(letter.clone());
                Ok(())
            }
        }
    }

    /// What was sent so far, the first first; empty unless mail is kept in memory.
    #[cfg(any(test, feature = "testing"))]
    pub fn sent(&self) -> Vec<Letter> {
        match &self.way {
            Way::Memory(letters) => letters.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone(),
            _ => Vec::new(),
        }
    }
}

/// What a refusal means. A 5yz answer is for good (RFC 5321 §4.2.1), except that 53z is about
/// our own credentials: the operator can mend those while the letter waits.
fn refusal(error: smtp::Error) -> Error {
    let is_ours = error.status().is_some_and(|code| code.to_string().starts_with("53"));
    if error.is_permanent() && !is_ours {
        Invalid::new("email", format!("The mail server refused the letter: {error}.")).into()
    } else {
        Error::Upstream { service: "The mail server", detail: error.to_string() }
    }
}

/// Writes a letter where only this user reads it, whole or not at all.
async fn write(folder: &std::path::Path, letter: &Letter, message: &[u8]) -> std::io::Result<PathBuf> {
    use tokio::io::AsyncWriteExt;

    let mut make_folder = tokio::fs::DirBuilder::new();
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        make_folder.mode(0o700);
        options.mode(0o600);
    }
    make_folder.recursive(true).create(folder).await?;
    let file = folder.join(format!("{}.eml", letter.id));
    let unfinished = folder.join(format!(".{}.part", letter.id));
    let mut part = options.open(&unfinished).await?;
    part.write_all(message).await?;
    part.flush().await?;
    match tokio::fs::rename(&unfinished, &file).await {
        // Another try of the same letter finished first.
        Err(error) if error.kind() == ErrorKind::NotFound && tokio::fs::try_exists(&file).await? => {}
        renamed => renamed?,
    }
    Ok(file)
}
