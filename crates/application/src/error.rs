//! Errors by kind. Each API converts them in one place.

use std::time::Duration;

use domain::{Operation, VehicleId, Violations, vehicle::Version};

/// Result of a use case or a port.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

pub(crate) const VEHICLE_NAME_IS_TAKEN: &str = "another vehicle of the organisation has this name";
/// Message that is also reported for the id of a deleted vehicle.
pub(crate) const VEHICLE_ID_IS_TAKEN: &str = "another vehicle has this id";

/// Returns a dependency as the subject of a sentence.
fn in_words(dependency: &str) -> &str {
    match dependency {
        "database" => "the database",
        "redis" => "Redis",
        other => other,
    }
}

/// Error of a use case or a port.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input violates rules of the domain. Contains the violations, by field.
    #[error("invalid input: {0}")]
    Invalid(#[from] Violations),
    /// The entity does not exist, or the caller may not see it.
    #[error("{what} not found")]
    NotFound {
        /// Kind of the entity, such as "vehicle".
        what: &'static str,
    },
    /// One of several vehicles does not exist, or the caller may not see it.
    #[error("vehicle {id} not found")]
    NoSuchVehicle { id: VehicleId },
    /// The caller is not authenticated: its token or password is missing, invalid or expired, or its session has ended.
    #[error("{reason}")]
    Unauthenticated {
        /// Reason, which does not reveal whether a user exists.
        reason: &'static str,
    },
    /// The caller's role does not allow the operation. If the caller may not see the entity either, the error is
    /// [`Error::NotFound`].
    #[error("not allowed: {operation} requires {}", operation.needs().requirement())]
    Forbidden { operation: Operation },
    /// The caller's role allows the operation, but not on this entity.
    #[error("not allowed: {reason}")]
    Protected {
        operation: Operation,
        /// Reason, for the caller.
        reason: &'static str,
    },
    /// A rate limit is exceeded, or a queue is full.
    #[error("too many {what}: try again later")]
    RateLimited {
        /// Subject of the limit, such as "log-ins".
        what: &'static str,
        /// Time until another attempt is allowed.
        retry_after: Duration,
    },
    /// The change conflicts with the stored data, such as another vehicle with the same name.
    #[error("{message}")]
    Conflict {
        field: &'static str,
        /// Description of the conflict, for the caller.
        message: String,
    },
    /// The vehicle has changed since the caller read it.
    #[error("the vehicle has been changed in the meantime; its current version is {current}")]
    VersionMismatch { current: Version },
    /// The result is larger than the limit for a single answer.
    #[error("there are more than {limit} {what}: request them in pages")]
    TooMany {
        /// Kind of the items, such as "vehicles".
        what: &'static str,
        limit: u32,
    },
    /// The caller already has the maximum number of such items.
    #[error("at most {limit} {what} are allowed")]
    LimitReached {
        /// Kind of the items, such as "subscriptions".
        what: &'static str,
        limit: u32,
    },
    /// An external dependency is not available. A later attempt may succeed.
    #[error("{} is unavailable{}", in_words(dependency), explanation(.given_up.as_ref()))]
    Unavailable {
        /// Name of the dependency: "database" or "redis".
        dependency: &'static str,
        /// Time limit that was exceeded; `None` if the call failed for another reason.
        given_up: Option<GivenUp>,
        /// Time after which to try again.
        retry_after: Duration,
        /// Error of the library, for the log only.
        #[source]
        source: Option<Source>,
    },
    /// An unexpected error. The source is for the log only.
    #[error("internal error")]
    Internal(#[source] Source),
}

/// Reason for giving up a call to an external dependency: a time limit was exceeded. Its text is part of the error that
/// the caller receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GivenUp {
    /// There was no answer. The call may have taken effect.
    #[error("no answer within {}", in_units(.0))]
    NoAnswer(Duration),
    /// All connections stayed in use. The call was not made.
    #[error("no free connection within {}", in_units(.0))]
    NoConnection(Duration),
    /// Another transaction kept a lock. The call had no effect.
    #[error("no lock could be obtained within {}", in_units(.0))]
    NoLock(Duration),
}

fn explanation(given_up: Option<&GivenUp>) -> String {
    given_up
        .map(|given_up| format!(": {given_up}"))
        .unwrap_or_default()
}

/// Formats a time limit: in whole seconds, if possible, or else in milliseconds.
fn in_units(limit: &Duration) -> String {
    match limit.subsec_nanos() {
        0 => format!("{} s", limit.as_secs()),
        _ => format!("{} ms", limit.as_millis()),
    }
}

impl Error {
    /// Default of `retry_after` for an unavailable dependency.
    pub const RETRY_AFTER: Duration = Duration::from_secs(1);

    #[must_use]
    pub const fn vehicle_not_found() -> Self {
        Self::NotFound { what: "vehicle" }
    }

    pub(crate) fn conflict(field: &'static str, message: &str) -> Self {
        Self::Conflict {
            field,
            message: message.to_owned(),
        }
    }

    /// Returns the error for restoring a vehicle that is not deleted.
    #[must_use]
    pub fn vehicle_not_deleted() -> Self {
        Self::conflict("id", "the vehicle is not deleted")
    }

    /// Returns the error for a name that another vehicle of the organisation has.
    #[must_use]
    pub fn vehicle_name_is_taken() -> Self {
        Self::conflict("name", VEHICLE_NAME_IS_TAKEN)
    }

    /// Returns the error for a new vehicle with the id of another one.
    #[must_use]
    pub fn vehicle_id_is_taken() -> Self {
        Self::conflict("id", VEHICLE_ID_IS_TAKEN)
    }

    #[must_use]
    pub const fn group_not_found() -> Self {
        Self::NotFound { what: "group" }
    }

    /// Returns the error for a name that another group of the organisation has.
    #[must_use]
    pub fn group_name_is_taken() -> Self {
        Self::conflict("name", "another group of the organisation has this name")
    }

    #[must_use]
    pub const fn organization_not_found() -> Self {
        Self::NotFound { what: "organisation" }
    }

    /// Returns the error for a name that another organisation has.
    #[must_use]
    pub fn organization_name_is_taken() -> Self {
        Self::conflict("name", "another organisation has this name")
    }

    #[must_use]
    pub const fn user_not_found() -> Self {
        Self::NotFound { what: "user" }
    }

    /// Returns the error for a new username that another user has.
    #[must_use]
    pub fn username_is_taken() -> Self {
        Self::conflict("username", "another user has this name")
    }

    /// Returns the error for a new username that looks like an existing one.
    #[must_use]
    pub fn username_looks_like_another() -> Self {
        Self::conflict("username", "the name is too similar to that of another user")
    }

    /// Returns the error for a change of a user's own password when the checked password is no longer valid.
    #[must_use]
    pub const fn password_has_changed() -> Self {
        Self::Unauthenticated {
            reason: "the password has been changed, or the user is no longer active",
        }
    }

    #[must_use]
    pub const fn grant_not_found() -> Self {
        Self::NotFound { what: "grant" }
    }

    /// Returns the error for a grant that the user already has.
    #[must_use]
    pub fn already_granted() -> Self {
        Self::conflict("userId", "the user already has this grant")
    }

    #[must_use]
    pub const fn session_not_found() -> Self {
        Self::NotFound { what: "session" }
    }

    #[must_use]
    pub const fn dead_letter_not_found() -> Self {
        Self::NotFound { what: "dead letter" }
    }

    /// Returns the error for changing a user that holds grants outside the caller's organisation.
    #[must_use]
    pub const fn holds_foreign_grants() -> Self {
        Self::Protected {
            operation: Operation::ManageUsers,
            reason: "the user holds grants outside your organisation; only an ADMIN without an \
                     organisation may change the user's role or password, or enable the user",
        }
    }

    /// Returns the error for operating a vehicle when the caller's role allows it, but the caller's grants do not.
    #[must_use]
    pub const fn granted_to_see_only() -> Self {
        Self::Protected {
            operation: Operation::OperateVehicles,
            reason: "your grants allow you to see the vehicle, but not to operate it",
        }
    }

    /// Returns the operation of [`Error::Forbidden`] or [`Error::Protected`]; `None` for any other error.
    #[must_use]
    pub const fn refused_operation(&self) -> Option<Operation> {
        match self {
            Self::Forbidden { operation } | Self::Protected { operation, .. } => Some(*operation),
            _ => None,
        }
    }

    pub fn unavailable(dependency: &'static str, source: impl Into<Source>) -> Self {
        Self::Unavailable {
            dependency,
            given_up: None,
            retry_after: Self::RETRY_AFTER,
            source: Some(source.into()),
        }
    }

    /// Returns the error for a call that was given up.
    #[must_use]
    pub const fn given_up(dependency: &'static str, given_up: GivenUp) -> Self {
        Self::Unavailable {
            dependency,
            given_up: Some(given_up),
            retry_after: Self::RETRY_AFTER,
            source: None,
        }
    }

    /// Returns the error for a dependency that did not answer within a time limit.
    #[must_use]
    pub const fn no_answer(dependency: &'static str, limit: Duration) -> Self {
        Self::given_up(dependency, GivenUp::NoAnswer(limit))
    }

    /// Returns the error as a value for the log, which then contains the whole chain of sources.
    #[must_use]
    pub fn chain(&self) -> &(dyn std::error::Error + 'static) {
        self
    }

    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(GivenUp::NoAnswer(Duration::from_secs(5)), "no answer within 5 s")]
    #[case(GivenUp::NoAnswer(Duration::from_millis(500)), "no answer within 500 ms")]
    #[case(GivenUp::NoAnswer(Duration::from_millis(2_500)), "no answer within 2500 ms")]
    #[case(
        GivenUp::NoConnection(Duration::from_secs(2)),
        "no free connection within 2 s"
    )]
    #[case(
        GivenUp::NoLock(Duration::from_secs(2)),
        "no lock could be obtained within 2 s"
    )]
    fn the_error_of_a_call_that_was_given_up_states_the_limit(
        #[case] given_up: GivenUp,
        #[case] expected: &str,
    ) {
        let error = Error::given_up("database", given_up);
        assert_eq!(
            error.to_string(),
            format!("the database is unavailable: {expected}")
        );
        assert!(error.is_unavailable() && error.source().is_none());
    }

    #[test]
    fn other_causes_are_for_the_log_only() {
        let error = Error::unavailable("database", "10.1.2.3:5432: connection refused");
        assert_eq!(error.to_string(), "the database is unavailable");
        let source = error.source().expect("its cause").to_string();
        assert_eq!(source, "10.1.2.3:5432: connection refused");
    }
}
