//! The ids of things, one type each, so that a team is never passed where a project is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A person who signs in.
    UserId
);
id!(
    /// The account that owns projects, members and a plan.
    TeamId
);
id!(
    /// One site.
    ProjectId
);
id!(
    /// One view of a page. Made by the script, a UUID of version 7 if the script is ours.
    PageViewId
);
id!(
    /// One link that shows a view to anybody; names it, opens nothing.
    ShareLinkId
);
id!(
    /// One API key; names it, opens nothing.
    ApiKeyId
);
