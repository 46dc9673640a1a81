//! A project's templates, as its settings show them.

use serde::{Deserialize, Serialize};

use super::Template;

/// The templates of one project, each list in order of text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Templates {
    /// Written by the team; they come first.
    pub user: Vec<Template>,
    /// Found by [`super::learn`] in the paths that were seen.
    pub learnt: Vec<Template>,
}
