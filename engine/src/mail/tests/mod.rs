//! Letters as they leave: their form, their way by SMTP, and into files.

mod form;
mod smtp;
mod stand_in;

use domain::accounts::Email;
use lettre::message::Mailbox;
use url::Url;
use uuid::Uuid;

use super::{Button, Letter, MailConfig, Post, Transport, Words};
use crate::{Error, Result, config::Variables, fakes};

fn public_url() -> Url {
    Url::parse("https://perfally.example").unwrap()
}

fn from() -> Mailbox {
    "PerfAlly <no-reply@perfally.example>".parse().unwrap()
}

fn words(subject: &str, paragraph: &str) -> Words {
    Words {
        subject: subject.into(),
        before: vec![paragraph.into()],
        button: Some(Button {
            label: "Confirm".into(),
            link: Url::parse("https://perfally.example/confirm?token=a_b-c&x=1").unwrap(),
        }),
        after: vec!["The end.".into()],
    }
}

fn letter(to: &str, words: &Words) -> Letter {
    Letter::new(Uuid::now_v7(), fakes::start(), Email::parse(to).unwrap(), words, &public_url()).unwrap()
}

/// The letter as it goes over the wire.
fn wire(letter: &Letter) -> String {
    String::from_utf8(letter.message(&from()).unwrap().formatted()).unwrap()
}

/// Its header lines, folded ones joined.
fn headers(wire: &str) -> Vec<String> {
    let (head, _) = wire.split_once("\r\n\r\n").unwrap();
    head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
}
