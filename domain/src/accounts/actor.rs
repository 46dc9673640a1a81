//! Who is asking, and what they may do.

use serde::{Deserialize, Serialize};

use super::{Email, Role};
use crate::{TeamId, UserId};

/// Who is asking. Every verb of the engine takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody signed in.
    Nobody,
    /// A person, with the memberships as they are at this request.
    User(User),
    /// A job, or the operator at the command line: may do everything.
    System,
}

/// A signed-in person, as pages need them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: UserId,
    pub email: Email,
    pub email_verified: bool,
    pub name: String,
    /// IANA name, for example `Europe/Berlin`.
    pub time_zone: String,
    pub memberships: Vec<Membership>,
}

/// One person's place in one team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub team: TeamId,
    pub team_name: String,
    pub role: Role,
    /// Whether this is the team that came with the person's sign-up.
    pub personal: bool,
}

/// What somebody wants to do in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See projects, their data and their settings.
    Read,
    /// Create and change projects, keys, origins and templates.
    ManageProjects,
    /// Delete a project with its data.
    DeleteProject,
    /// Invite and remove members, change roles.
    ManageTeam,
    /// Change plan and payment.
    ManageBilling,
}

impl Actor {
    /// Jobs and operators say this aloud.
    pub const fn system() -> Self {
        Self::System
    }

    /// The signed-in person, if there is one.
    pub const fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Nobody | Self::System => None,
        }
    }

    /// Whether the actor may do `action` in `team`.
    pub fn may(&self, action: Action, team: TeamId) -> bool {
        match self {
            Self::System => true,
            Self::Nobody => false,
            Self::User(user) => {
                user.memberships.iter().any(|membership| membership.team == team && membership.role.may(action))
            }
        }
    }
}

impl Role {
    /// Whether a member of this role may do `action`.
    pub const fn may(self, action: Action) -> bool {
        match action {
            Action::Read => true,
            Action::ManageProjects => matches!(self, Self::Owner | Self::Admin | Self::Member),
            Action::DeleteProject | Action::ManageTeam => matches!(self, Self::Owner | Self::Admin),
            Action::ManageBilling => matches!(self, Self::Owner),
        }
    }
}
