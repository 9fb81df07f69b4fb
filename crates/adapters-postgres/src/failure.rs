//! Conversion of Diesel's errors to the application's.

use application::{Error, GivenUp};
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};

use crate::limits::{ANSWER_WITHIN, LOCK_WITHIN};

/// Name of this dependency for operators.
pub(crate) const DATABASE: &str = "database";

/// Error of an exchange with the database.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A rule of the application rejected the change; the transaction is rolled back.
    Refused(Error),
    /// The database, or the connection to it, failed.
    Query(QueryError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

/// Classification of a failed query.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The database works, and the caller receives this error.
    Answer(Error),
    /// The database is unavailable, shutting down or read-only, or cancelled the statement for lack of time or space.
    Away(QueryError),
    /// Another transaction interfered with this one, which had no effect and can be repeated.
    Contended(QueryError),
    /// Undecided, because Diesel does not expose the error's code. Most errors that are not about the statement close
    /// the connection, so the decision depends on whether the connection still works.
    Unclear(QueryError),
}

impl Verdict {
    pub(crate) fn of(error: QueryError) -> Self {
        match error {
            QueryError::DatabaseError(kind, ref information) => match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation => Self::Answer(
                    broken_constraint(information.as_ref()).unwrap_or_else(|| Error::internal(error)),
                ),
                DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::ReadOnlyTransaction => Self::Away(error),
                DatabaseErrorKind::SerializationFailure => Self::Contended(error),
                DatabaseErrorKind::Unknown => match Hindrance::of(information.message()) {
                    Some(Hindrance::Deadlock) => Self::Contended(error),
                    Some(Hindrance::GivenUp) => Self::Away(error),
                    None => Self::Unclear(error),
                },
                _ => Self::Answer(Error::internal(error)),
            },
            QueryError::BrokenTransactionManager | QueryError::RollbackErrorOnCommit { .. } => {
                Self::Unclear(error)
            }
            _ => Self::Answer(Error::internal(error)),
        }
    }
}

/// Error whose code Diesel does not expose, recognised by PostgreSQL's English message. A role that may not set
/// `lc_messages` receives messages in the server's language: see [`has_no_position`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hindrance {
    /// Two transactions waited for each other, and this one was aborted.
    Deadlock,
    /// The statement was cancelled, waited too long for a lock, or lacked memory or disk space.
    GivenUp,
}

impl Hindrance {
    fn of(message: &str) -> Option<Self> {
        const GIVEN_UP: [&str; 6] = [
            "canceling statement due to ",
            "could not obtain lock",
            "could not extend file",
            "could not write to file",
            "out of memory",
            "out of shared memory",
        ];
        if message == "deadlock detected" {
            return Some(Self::Deadlock);
        }
        let is_given_up = GIVEN_UP.iter().any(|beginning| message.starts_with(beginning));
        is_given_up.then_some(Self::GivenUp)
    }
}

/// Converts the error of a statement that the database could not execute ([`Verdict::Away`]). If a time limit of the
/// session cancelled the statement, the result states that limit.
pub(crate) fn away(error: QueryError) -> Error {
    Error::Unavailable {
        dependency: DATABASE,
        given_up: limit_passed(&error),
        retry_after: Error::RETRY_AFTER,
        source: Some(error.into()),
    }
}

/// Returns the time limit because of which the server cancelled a statement, recognised by PostgreSQL's English
/// message.
fn limit_passed(error: &QueryError) -> Option<GivenUp> {
    let QueryError::DatabaseError(DatabaseErrorKind::Unknown, information) = error else {
        return None;
    };
    match information.message() {
        "canceling statement due to statement timeout" => Some(GivenUp::NoAnswer(ANSWER_WITHIN)),
        "canceling statement due to lock timeout" => Some(GivenUp::NoLock(LOCK_WITHIN)),
        _ => None,
    }
}

/// Returns `true` if an error shows that another transaction interfered with this one. A deadlock is only recognised if
/// its message is in English.
pub(crate) fn is_contended(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            Hindrance::of(information.message()) == Some(Hindrance::Deadlock)
        }
        _ => false,
    }
}

/// Returns `true` if an error refers to no position in the statement and to no table, column or constraint. PostgreSQL
/// reports one of these for statements that it cannot parse or accept, but not for a lack of time, space or locks. This
/// holds in any language.
pub(crate) fn has_no_position(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            information.statement_position().is_none()
                && information.table_name().is_none()
                && information.column_name().is_none()
                && information.constraint_name().is_none()
        }
        _ => false,
    }
}

/// Cause of an error: another transaction interfered with a change, which can be repeated.
#[derive(Debug, thiserror::Error)]
#[error("conflict with a concurrent transaction: {0}")]
pub(crate) struct Contended(#[source] pub(crate) QueryError);

impl Contended {
    /// Returns `true` if contention is the cause of an error.
    pub(crate) fn caused(error: &Error) -> bool {
        match error {
            Error::Unavailable {
                source: Some(source), ..
            } => source.is::<Self>(),
            _ => false,
        }
    }
}

/// Converts the violation of a constraint, by its name in the migrations, to the error of the check that precedes the
/// write. The loser of a race therefore receives the same error as later callers.
fn broken_constraint(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<Error> {
    Some(match information.constraint_name()? {
        "vehicles_name_is_unique" => Error::vehicle_name_is_taken(),
        "vehicles_pkey" => Error::vehicle_id_is_taken(),
        "groups_name_is_unique" => Error::group_name_is_taken(),
        "organizations_name_is_unique" => Error::organization_name_is_taken(),
        "users_username_is_unique" => Error::username_is_taken(),
        "users_username_looks_like_no_other" => Error::username_looks_like_another(),
        "grants_of_an_organization_are_unique"
        | "grants_of_a_group_are_unique"
        | "grants_of_a_vehicle_are_unique" => Error::already_granted(),
        "vehicles_organization_exists"
        | "groups_organization_exists"
        | "users_organization_exists"
        | "grants_organization_exists" => Error::organization_not_found(),
        "grants_group_exists" => Error::group_not_found(),
        "grants_vehicle_exists" => Error::vehicle_not_found(),
        "grants_user_exists" => Error::user_not_found(),
        "group_members_are_vehicles_of_its_organization" => Error::vehicle_not_found(),
        "group_members_have_a_group_of_their_organization" => Error::group_not_found(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("deadlock detected", Some(Hindrance::Deadlock))]
    #[case("canceling statement due to lock timeout", Some(Hindrance::GivenUp))]
    #[case("canceling statement due to statement timeout", Some(Hindrance::GivenUp))]
    #[case("canceling statement due to user request", Some(Hindrance::GivenUp))]
    #[case(
        "could not extend file \"base/5/16413\": No space left on device",
        Some(Hindrance::GivenUp)
    )]
    #[case("relation \"vehicles\" does not exist", None)]
    #[case("value too long for type character varying(5)", None)]
    fn messages_are_classified_like_error_codes(#[case] message: &str, #[case] expected: Option<Hindrance>) {
        assert_eq!(Hindrance::of(message), expected);
    }

    #[rstest]
    #[case(
        "canceling statement due to lock timeout",
        "the database is unavailable: no lock could be obtained within 2 s"
    )]
    #[case(
        "canceling statement due to statement timeout",
        "the database is unavailable: no answer within 5 s"
    )]
    #[case("canceling statement due to user request", "the database is unavailable")]
    fn the_error_of_a_cancelled_statement_states_the_limit(#[case] message: &str, #[case] expected: &str) {
        let cancelled = QueryError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(message.to_owned()));
        let Verdict::Away(error) = Verdict::of(cancelled) else {
            panic!("{message}");
        };
        assert_eq!(away(error).to_string(), expected);
    }
}
