//! Who is asking, and what they may do.

use serde::{Deserialize, Serialize};

use super::{Email, Role};
use crate::{
    ApiKeyId, ProjectId, ShareLinkId, TeamId, UserId,
    integrations::{ApiMode, Scopes},
};

/// Who is asking. Every verb of the engine takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody signed in.
    Nobody,
    /// A person, with the memberships as they are at this request.
    User(User),
    /// A program with an API key, as the key is at this request.
    Key(KeyHolder),
    /// Whoever came by a share link, as the link is at this request.
    Guest(Guest),
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

/// A program: what its key allows in the one team that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHolder {
    pub key: ApiKeyId,
    pub team: TeamId,
    pub mode: ApiMode,
    pub scopes: Scopes,
    /// The role of the member who made the key: it never does what they may not.
    pub role: Role,
}

/// Somebody with a share link: reads what visitors of its one project measured, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    pub link: ShareLinkId,
    pub project: ProjectId,
}

/// What somebody wants to do in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See projects, their data and their settings.
    Read,
    /// Of that, which projects there are, with their origins and site keys.
    ReadProjects,
    /// Of that, what visitors measured.
    ReadFieldData,
    /// Create and change projects, keys, origins and templates.
    ManageProjects,
    /// Make, see and revoke links by which anybody sees a project's figures.
    ManageShareLinks,
    /// Delete a project with its data.
    DeleteProject,
    /// Invite and remove members, change roles.
    ManageTeam,
    /// Change plan and payment.
    ManageBilling,
    /// Make, see and revoke API keys.
    ManageApiKeys,
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
            Self::Nobody | Self::Key(_) | Self::Guest(_) | Self::System => None,
        }
    }

    /// Whether the actor may do `action` in `team`.
    pub fn may(&self, action: Action, team: TeamId) -> bool {
        match self {
            Self::System => true,
            // A guest's one project is less than a team: see [`Actor::may_with`].
            Self::Nobody | Self::Guest(_) => false,
            // A test key is answered from made-up data: no team's is open to it.
            Self::Key(holder) => {
                holder.mode == ApiMode::Live
                    && holder.team == team
                    && holder.scopes.cover(action)
                    && holder.role.may(action)
            }
            Self::User(user) => {
                user.memberships.iter().any(|membership| membership.team == team && membership.role.may(action))
            }
        }
    }

    /// Whether the actor may do `action` with this project of `team`.
    pub fn may_with(&self, project: ProjectId, team: TeamId, action: Action) -> bool {
        match self {
            Self::Guest(guest) => guest.project == project && action == Action::ReadFieldData,
            _ => self.may(action, team),
        }
    }
}

impl Role {
    /// Whether a member of this role may do `action`.
    pub const fn may(self, action: Action) -> bool {
        match action {
            Action::Read | Action::ReadProjects | Action::ReadFieldData => true,
            Action::ManageProjects | Action::ManageShareLinks => {
                matches!(self, Self::Owner | Self::Admin | Self::Member)
            }
            Action::DeleteProject | Action::ManageTeam | Action::ManageApiKeys => {
                matches!(self, Self::Owner | Self::Admin)
            }
            Action::ManageBilling => matches!(self, Self::Owner),
        }
    }
}
