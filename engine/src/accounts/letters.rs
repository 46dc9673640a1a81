//! The words of the letters about accounts.
//!
//! None repeats what a stranger typed (a name, say): forms that send mail to any address must
//! not carry anybody's message there.

use chrono::{DateTime, Utc};
use domain::accounts::Email;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::mail::{Button, Words};

/// Which letter. Those with a link say what it does; the token comes when the letter is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AccountLetter {
    VerifyEmail,
    /// Somebody tried to use an address that has an account.
    AlreadyRegistered,
    ResetPassword,
    PasswordChanged {
        at: DateTime<Utc>,
    },
    ConfirmNewEmail,
    /// Goes to the address before.
    EmailChanged {
        to: Email,
        at: DateTime<Utc>,
    },
}

impl AccountLetter {
    /// `link` leads to where the letter's button does.
    pub fn words(&self, public_url: &Url, link: Option<Url>) -> Words {
        let site = site(public_url);
        let page = |path: &str| format!("{}/{path}", public_url.as_str().trim_end_matches('/'));
        let button = |label: &str| link.clone().map(|link| Button { label: label.to_owned(), link });
        match self {
            Self::VerifyEmail => Words {
                subject: "Confirm your address for PerfAlly".into(),
                before: vec!["Open this link to confirm your address and sign in.".into()],
                button: button("Confirm address"),
                after: vec![format!(
                    "The link works once, for 24 hours. If you did not sign up at {site}, leave it alone: without it, nothing happens."
                )],
            },
            Self::AlreadyRegistered => Words {
                subject: "You have a PerfAlly account already".into(),
                before: vec![
                    format!("Somebody, probably you, entered this address at {site}. It has an account already, so that no new one was made."),
                    format!("To sign in, go to {}. If you do not know the password any more, choose a new one here.", page("sign-in")),
                ],
                button: button("Choose a new password"),
                after: vec!["The link works once, for one hour. If it was not you, leave it alone: nothing has changed.".into()],
            },
            Self::ResetPassword => Words {
                subject: "Choose a new password for PerfAlly".into(),
                before: vec!["Open this link to choose a new password. All browsers that are signed in will be signed out.".into()],
                button: button("Choose a new password"),
                after: vec!["The link works once, for one hour. If you did not ask for it, leave it alone: your password stays as it is.".into()],
            },
            Self::PasswordChanged { at } => Words {
                subject: "Your PerfAlly password was changed".into(),
                before: vec![
                    format!("The password of your account at {site} was changed on {}. Other browsers were signed out.", date(*at)),
                    format!("If it was not you, choose a new password at once: {}", page("forgot-password")),
                ],
                button: None,
                after: Vec::new(),
            },
            Self::ConfirmNewEmail => Words {
                subject: "Confirm your new address for PerfAlly".into(),
                before: vec!["Open this link to make this address the one that you sign in with.".into()],
                button: button("Confirm address"),
                after: vec![format!(
                    "The link works once, for 24 hours. If you have no account at {site}, leave it alone: without it, nothing happens."
                )],
            },
            Self::EmailChanged { to, at } => Words {
                subject: "Your PerfAlly address was changed".into(),
                before: vec![
                    format!("Since {}, you sign in at {site} with {to}. This address is not used any more, and all browsers were signed out.", date(*at)),
                    format!("If it was not you, somebody knows your password: tell whoever runs {site} at once."),
                ],
                button: None,
                after: Vec::new(),
            },
        }
    }
}

/// How people call the place: its host, with the port if it has one.
fn site(public_url: &Url) -> String {
    let host = public_url.host_str().unwrap_or("PerfAlly");
    public_url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn date(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y at %H:%M UTC").to_string()
}
