//! What is wrong with an input, in words for the person who typed it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A refused input: which field, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Invalid {
    /// The name of the form field or parameter, for example `email`.
    pub field: Cow<'static, str>,
    /// What to do, a whole sentence.
    pub message: Cow<'static, str>,
}

impl Invalid {
    /// Says that `field` must be mended as `message` tells.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}
