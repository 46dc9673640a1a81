//! What an API key is for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Invalid, accounts::Action};

/// One thing that an API key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// See which projects there are, with their origins and site keys.
    #[serde(rename = "projects:read")]
    ReadProjects,
    /// See what visitors measured: vitals, page views, and what became of the beacons.
    #[serde(rename = "vitals:read")]
    ReadVitals,
}

impl Scope {
    pub const ALL: [Self; 2] = [Self::ReadProjects, Self::ReadVitals];

    /// The word in forms, in the database and in the API's answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadProjects => "projects:read",
            Self::ReadVitals => "vitals:read",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::ReadProjects => "See projects, with their origins and site keys",
            Self::ReadVitals => "See vitals, page views and data health",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// What one API key may be used for; at least one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    pub fn all() -> Self {
        Self(Scope::ALL.into())
    }

    /// Reads words; `Invalid` names `scopes`.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let scopes: Option<BTreeSet<Scope>> = words.into_iter().map(Scope::parse).collect();
        match scopes {
            None => Err(Invalid::new("scopes", "One of these is no scope. Choose from the list.")),
            Some(scopes) if scopes.is_empty() => {
                Err(Invalid::new("scopes", "Choose at least one: a key without any opens nothing."))
            }
            Some(scopes) => Ok(Self(scopes)),
        }
    }

    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// Whether these cover `action`. What no scope names is covered by none: a key never makes
    /// keys, changes projects or pays.
    pub fn cover(&self, action: Action) -> bool {
        match action {
            Action::ReadProjects => self.contains(Scope::ReadProjects),
            Action::ReadFieldData => self.contains(Scope::ReadVitals),
            // Everything there is to see.
            Action::Read => self.contains(Scope::ReadProjects) && self.contains(Scope::ReadVitals),
            Action::ManageProjects
            | Action::ManageShareLinks
            | Action::DeleteProject
            | Action::ManageTeam
            | Action::ManageBilling
            | Action::ManageApiKeys => false,
        }
    }
}
