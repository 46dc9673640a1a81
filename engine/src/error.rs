//! What can go wrong with a verb, in the seven kinds that callers tell apart.

use domain::Invalid;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a verb did not do what was asked. What belongs to another team is `NotFound`, so that
/// it cannot be told from what does not exist.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    /// Nobody is signed in and the verb needs somebody.
    #[error("sign in first")]
    Unauthenticated,
    /// A member whose role does not allow it.
    #[error("not allowed")]
    Forbidden,
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A plan's limit; the words say which and what to do.
    #[error("{0}")]
    OverQuota(String),
    /// Somebody changed it meanwhile, or it exists already; the words say which.
    #[error("{0}")]
    Conflict(String),
    /// Too many tries; wait so many seconds.
    #[error("Too many tries. Wait {retry_after_seconds} seconds and try again.")]
    Throttled { retry_after_seconds: u32 },
    /// The database or another service is away; trying again later helps.
    #[error("{service} cannot be reached")]
    Upstream { service: &'static str, detail: String },
    /// Our fault. The detail is for the log, never for a page.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    pub fn internal(detail: impl std::fmt::Display) -> Self {
        Self::Internal(detail.to_string())
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::RowNotFound) {
            return Self::NotFound;
        }
        if database_is_away(&error) {
            Self::Upstream { service: "The database", detail: error.to_string() }
        } else {
            Self::Internal(error.to_string())
        }
    }
}

/// Whether the error is of the connection or the server's state, not of the statement, so that
/// the same statement may succeed later.
pub fn database_is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // 08: connection; 25006: read-only transaction; 25P03: a session that was ended because we stood still in a
        // transaction; 55P03: a lock that took too long; 53: resources (disk full, too many connections); 57: operator intervention (shutdown, crash, cannot connect now);
        // 58: system error; 40: serialization failure or deadlock.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            matches!(code.as_ref(), "25006" | "25P03" | "55P03")
                || ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}
