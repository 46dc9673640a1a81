//! One letter: what it says, as text and as HTML, and its headers.

use askama::Template;
use chrono::{DateTime, Utc};
use domain::{Invalid, accounts::Email};
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use url::Url;
use uuid::Uuid;

use crate::{Error, Result};

/// What a letter says. Both of its parts, text and HTML, are made from it, so that they say
/// the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub subject: String,
    /// Paragraphs before the button.
    pub before: Vec<String>,
    pub button: Option<Button>,
    /// Paragraphs after it.
    pub after: Vec<String>,
}

/// The one thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub label: String,
    pub link: Url,
}

/// A letter that is ready to go.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The same for every try, so that a receiver who got it twice can tell.
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub to: Email,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where the button leads.
    pub link: Option<Url>,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct Text<'a> {
    words: &'a Words,
    public_url: &'a str,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    words: &'a Words,
    public_url: &'a str,
}

impl Letter {
    /// `public_url` is named at the foot: who wrote this.
    pub fn new(id: Uuid, at: DateTime<Utc>, to: Email, words: &Words, public_url: &Url) -> Result<Self> {
        let public_url = public_url.as_str().trim_end_matches('/');
        Ok(Self {
            id,
            at,
            to,
            subject: one_line(&words.subject),
            text: Text { words, public_url }.render().map_err(Error::internal)?,
            html: Html { words, public_url }.render().map_err(Error::internal)?,
            link: words.button.as_ref().map(|button| button.link.clone()),
        })
    }

    /// As it goes over the wire. `Invalid` where mail cannot be sent to the address.
    pub fn message(&self, from: &Mailbox) -> Result<Message> {
        let to = self.to.as_str().parse().map_err(|_| Invalid::new("email", "Mail cannot be sent to this address."))?;
        Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.subject))
            .date(self.at.into())
            .message_id(Some(format!("<{}@{}>", self.id, from.email.domain())))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(self.text.clone(), self.html.clone()))
            .map_err(Error::internal)
    }
}

/// Nothing in a header may end its line and begin another.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Tells autoresponders not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
