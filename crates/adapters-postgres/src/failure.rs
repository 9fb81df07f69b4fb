//! From the errors of Diesel to those of the application.

use application::Error;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};

/// What operators call this dependency.
pub(crate) const DATABASE: &str = "database";

/// What a vehicle's name collides with.
const VEHICLE_NAME_IS_TAKEN: &str = "another vehicle of the organization has this name";
/// What a vehicle's id collides with, the deleted ones included.
const VEHICLE_ID_IS_TAKEN: &str = "another vehicle has this id";

/// Why an exchange with the database came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A rule of the application says no; what was begun is rolled back.
    Refused(Error),
    /// The database, or the way to it.
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

/// What a failed query says about the database.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is well, and this is the answer.
    Answer(Error),
    /// It is away, on its way down or not to be written to now; or it gave the statement up for lack of time or space.
    Away(QueryError),
    /// Another transaction got in the way of this one, which had no effect and can be made again.
    Contended(QueryError),
    /// Either, as Diesel does not tell the error's code. An error that is not about the statement ends the
    /// connection: whether that still works decides.
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

/// An error whose code Diesel does not tell, known by the message that PostgreSQL has for it in English. A role without
/// the right to set `lc_messages` hears the server's own language: see [`names_no_place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hindrance {
    /// Two transactions waited for each other, and this one was given up.
    Deadlock,
    /// The statement took too long, waited too long for another one, or there was no room for it.
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

/// Whether another transaction got in the way of this one.
pub(crate) fn is_contended(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        QueryError::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            Hindrance::of(information.message()) == Some(Hindrance::Deadlock)
        }
        _ => false,
    }
}

/// Whether an error points at nothing in the statement, and at no table, column or constraint. What PostgreSQL does not
/// understand or does not accept it points at; a lack of time, of space or of a lock it does not, in whatever language.
pub(crate) fn names_no_place(error: &QueryError) -> bool {
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

/// Another transaction got in the way of a change, which can be made again.
#[derive(Debug, thiserror::Error)]
#[error("another transaction got in the way: {0}")]
pub(crate) struct Contended(#[source] pub(crate) QueryError);

impl Contended {
    /// Whether that is why a change was not made.
    pub(crate) fn caused(error: &Error) -> bool {
        match error {
            Error::Unavailable {
                source: Some(source), ..
            } => source.is::<Self>(),
            _ => false,
        }
    }
}

/// The constraints whose violation is the caller's to hear of: who comes second in a race hears the same as who comes
/// later. The names are those of the migrations.
fn broken_constraint(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Option<Error> {
    Some(match information.constraint_name()? {
        "vehicles_name_is_unique" => conflict("name", VEHICLE_NAME_IS_TAKEN),
        "vehicles_pkey" => conflict("id", VEHICLE_ID_IS_TAKEN),
        "groups_name_is_unique" => conflict("name", "another group of the organization has this name"),
        "organizations_name_is_unique" => conflict("name", "another organization has this name"),
        "users_username_is_unique" => conflict("username", "another user has this name"),
        "users_username_looks_like_no_other" => Error::username_looks_like_another(),
        "grants_of_an_organization_are_unique"
        | "grants_of_a_group_are_unique"
        | "grants_of_a_vehicle_are_unique" => conflict("userId", "the user has this already"),
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

/// Something else stands in the way.
pub(crate) fn conflict(field: &'static str, message: &str) -> Error {
    Error::Conflict {
        field,
        message: message.to_owned(),
    }
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
    fn messages_tell_what_codes_would(#[case] message: &str, #[case] expected: Option<Hindrance>) {
        assert_eq!(Hindrance::of(message), expected);
    }
}
