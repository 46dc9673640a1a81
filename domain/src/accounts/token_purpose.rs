//! What a link in a mail is for.

use serde::{Deserialize, Serialize};

/// The one thing that a mailed link can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum TokenPurpose {
    /// Shows that the address of a new account can be read by its owner.
    VerifyEmail,
    ResetPassword,
    /// Shows the same of a new address, and makes it the account's.
    ChangeEmail,
}

impl TokenPurpose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
        }
    }

    /// How long a link stays good.
    pub const fn lifetime(self) -> chrono::TimeDelta {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => chrono::TimeDelta::hours(24),
            Self::ResetPassword => chrono::TimeDelta::hours(1),
        }
    }
}
