//! What can go wrong, by kind: each API maps these kinds in one place.

use std::time::Duration;

use domain::{Operation, VehicleId, Violations, vehicle::Version};

/// The result of a use case or a port.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a use case or a port could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input breaks rules of the domain: all of them, field by field.
    #[error("invalid input: {0}")]
    Invalid(#[from] Violations),
    /// It does not exist, or not for this caller.
    #[error("{what} not found")]
    NotFound {
        /// What was looked for, such as "vehicle".
        what: &'static str,
    },
    /// One of several vehicles does not exist, or not for this caller.
    #[error("vehicle {id} not found")]
    NoSuchVehicle {
        /// The vehicle's id.
        id: VehicleId,
    },
    /// Who calls is not known: no token, or one that is not good any more.
    #[error("{reason}")]
    Unauthenticated {
        /// What is wrong, in words that tell nothing of who exists.
        reason: &'static str,
    },
    /// The caller may know of it, but not do this.
    #[error("not allowed: {operation} needs the role {}", operation.needs().as_str())]
    Forbidden {
        /// What the caller wanted to do.
        operation: Operation,
    },
    /// The caller may know of it and its role allows the operation, but the subject is protected.
    #[error("not allowed: {reason}")]
    Protected {
        /// The operation that was refused.
        operation: Operation,
        /// The reason, in words for the caller.
        reason: &'static str,
    },
    /// Too often.
    #[error("too many {what}: try again later")]
    RateLimited {
        /// Of what, such as "log-ins".
        what: &'static str,
        /// When it may be tried again.
        retry_after: Duration,
    },
    /// Something else stands in the way, such as another vehicle of the same name.
    #[error("{message}")]
    Conflict {
        /// The field that collides.
        field: &'static str,
        /// With what, in words for the caller.
        message: String,
    },
    /// Somebody else changed it since the caller looked.
    #[error("the vehicle was changed by somebody else: its version is {current}")]
    VersionMismatch {
        /// The version that it has now.
        current: Version,
    },
    /// More than is given out in one piece.
    #[error("there are more than {limit} {what}: ask for them in pages")]
    TooMany {
        /// Of what, such as "vehicles".
        what: &'static str,
        /// How many there may be.
        limit: u32,
    },
    /// Something outside is away; trying again later may help.
    #[error("{dependency} is unavailable")]
    Unavailable {
        /// What is away, such as "database".
        dependency: &'static str,
        /// When to try again.
        retry_after: Duration,
        /// The library's own error, for the log.
        #[source]
        source: Option<Source>,
    },
    /// A fault of this program; its source is for the log only.
    #[error("internal error")]
    Internal(#[source] Source),
}

impl Error {
    /// When to try a dependency again that was found to be away.
    pub const RETRY_AFTER: Duration = Duration::from_secs(1);

    /// No such vehicle for this caller.
    #[must_use]
    pub const fn vehicle_not_found() -> Self {
        Self::NotFound { what: "vehicle" }
    }

    /// A vehicle that should be restored, and is not deleted.
    #[must_use]
    pub fn vehicle_not_deleted() -> Self {
        Self::Conflict {
            field: "id",
            message: "the vehicle is not deleted".to_owned(),
        }
    }

    /// No such group for this caller.
    #[must_use]
    pub const fn group_not_found() -> Self {
        Self::NotFound { what: "group" }
    }

    /// No such organisation for this caller.
    #[must_use]
    pub const fn organization_not_found() -> Self {
        Self::NotFound { what: "organization" }
    }

    /// No such user for this caller.
    #[must_use]
    pub const fn user_not_found() -> Self {
        Self::NotFound { what: "user" }
    }

    /// A new user's name that looks like an existing one.
    #[must_use]
    pub fn username_looks_like_another() -> Self {
        Self::Conflict {
            field: "username",
            message: "the name looks like another user's".to_owned(),
        }
    }

    /// No such grant for this caller.
    #[must_use]
    pub const fn grant_not_found() -> Self {
        Self::NotFound { what: "grant" }
    }

    /// No such session of this caller.
    #[must_use]
    pub const fn session_not_found() -> Self {
        Self::NotFound { what: "session" }
    }

    /// The user holds grants that were given outside of the caller's organisation.
    #[must_use]
    pub const fn holds_foreign_grants() -> Self {
        Self::Protected {
            operation: Operation::ManageUsers,
            reason: "the user holds grants outside of your organization: only an ADMIN of everything may give it \
                     another role or password, or enable it",
        }
    }

    /// The operation that was refused to a caller who may know of its subject.
    #[must_use]
    pub const fn refused_operation(&self) -> Option<Operation> {
        match self {
            Self::Forbidden { operation } | Self::Protected { operation, .. } => Some(*operation),
            _ => None,
        }
    }

    /// A dependency is away.
    pub fn unavailable(dependency: &'static str, source: impl Into<Source>) -> Self {
        Self::Unavailable {
            dependency,
            retry_after: Self::RETRY_AFTER,
            source: Some(source.into()),
        }
    }

    /// A fault of this program.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// Whether trying again later may help.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
