//! From the errors of Diesel to those of the application.

use application::Error;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as QueryError};

/// What operators call this dependency.
pub(crate) const DATABASE: &str = "database";

/// What a vehicle's name collides with.
pub(crate) const VEHICLE_NAME_IS_TAKEN: &str = "another vehicle of the organization has this name";
/// What a vehicle's id collides with, the deleted ones included.
pub(crate) const VEHICLE_ID_IS_TAKEN: &str = "another vehicle has or had this id";

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
    /// It is away, on its way down or not to be written to now.
    Away(QueryError),
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
                | DatabaseErrorKind::ReadOnlyTransaction
                | DatabaseErrorKind::SerializationFailure => Self::Away(error),
                DatabaseErrorKind::Unknown => Self::Unclear(error),
                _ => Self::Answer(Error::internal(error)),
            },
            QueryError::BrokenTransactionManager | QueryError::RollbackErrorOnCommit { .. } => {
                Self::Unclear(error)
            }
            _ => Self::Answer(Error::internal(error)),
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
        "users_username_looks_like_no_other" => conflict("username", "the name looks like another user's"),
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
