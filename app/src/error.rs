//! What a page tells when something did not work: the engine's error without its internals.

use domain::Invalid;
use serde::{Deserialize, Serialize};
use server_fn::{codec::JsonEncoding, error::FromServerFnError, error::ServerFnErrorErr};

/// What server functions answer with instead of a value. Safe to show, all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AppError {
    #[error("There is nothing here, or it is not yours to see.")]
    NotFound,
    #[error("Sign in to go on.")]
    Unauthenticated,
    #[error("Your role in this team does not allow this. Ask an owner or admin of the team.")]
    Forbidden,
    /// A refused input: the form field, and what to do.
    #[error("{}", .0.message)]
    Invalid(Invalid),
    #[error("{0}")]
    OverQuota(String),
    #[error("{0}")]
    Conflict(String),
    #[error("Too many tries. Wait {} and try again.", wait_words(*retry_after_seconds))]
    Throttled { retry_after_seconds: u32 },
    #[error("PerfAlly cannot reach its database at the moment. Try again in a few seconds.")]
    Away,
    /// The browser did not reach the server, or did not understand it.
    #[error("The server could not be reached. Check the connection and try again.")]
    Unreachable,
    /// Our fault; the reference finds it in the server's log.
    #[error("Something went wrong on our side. Try again; if it stays, quote reference {reference}.")]
    Internal { reference: String },
}

impl AppError {
    /// The form field that must be mended, where it is one.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid(invalid) => Some(&invalid.field),
            _ => None,
        }
    }

    /// What to quote when asking for help.
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Internal { reference } => Some(reference),
            _ => None,
        }
    }

    /// The status that an answer with this error carries.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::Invalid(_) => 422,
            Self::OverQuota(_) => 402,
            Self::Conflict(_) => 409,
            Self::Throttled { .. } => 429,
            Self::Away | Self::Unreachable => 503,
            Self::Internal { .. } => 500,
        }
    }
}

fn wait_words(seconds: u32) -> String {
    match seconds {
        0..=1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl From<Invalid> for AppError {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::Unreachable
            }
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::Invalid(Invalid::new("", "The form was not complete. Reload the page and try again."))
            }
            #[cfg(feature = "ssr")]
            other => crate::ssr::internal(&other),
            #[cfg(not(feature = "ssr"))]
            _ => Self::Unreachable,
        }
    }
}

#[cfg(feature = "ssr")]
impl From<engine::Error> for AppError {
    fn from(error: engine::Error) -> Self {
        use engine::Error;
        match error {
            Error::NotFound => Self::NotFound,
            Error::Unauthenticated => Self::Unauthenticated,
            Error::Forbidden => Self::Forbidden,
            Error::Invalid(invalid) => Self::Invalid(invalid),
            Error::OverQuota(words) => Self::OverQuota(words),
            Error::Conflict(words) => Self::Conflict(words),
            Error::Throttled { retry_after_seconds } => Self::Throttled { retry_after_seconds },
            Error::Upstream { service, detail } => {
                tracing::warn!(service, detail, "a page could not be answered");
                Self::Away
            }
            Error::Internal(detail) => crate::ssr::internal(&detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_words_people_use() {
        for (seconds, words) in [(0, "a second"), (30, "30 seconds"), (91, "2 minutes"), (900, "15 minutes")] {
            assert!(AppError::Throttled { retry_after_seconds: seconds }.to_string().contains(words), "{seconds}");
        }
    }

    #[test]
    fn an_error_survives_the_way_to_the_browser() {
        for error in [
            AppError::Invalid(Invalid::new("email", "Enter an e-mail address.")),
            AppError::Internal { reference: "a1b2c3".to_owned() },
            AppError::Throttled { retry_after_seconds: 3 },
        ] {
            assert_eq!(AppError::de(error.ser()), error);
        }
    }
}
