//! The errors of failed exchanges, as callers receive them.

use std::time::Duration;

use application::Error;
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use tokio::time::timeout;

use crate::failure::{Contended, DATABASE, Failure, Verdict, away, has_no_position};

/// Timeout of the check that a connection still works.
const CHECK_WITHIN: Duration = Duration::from_millis(500);

/// Converts a failure to the caller's error.
pub(super) async fn explained(failure: Failure, connection: &mut AsyncPgConnection) -> Error {
    let error = match failure {
        Failure::Refused(error) => return error,
        Failure::Query(error) => error,
    };
    match Verdict::of(error) {
        Verdict::Answer(error) => error,
        Verdict::Away(error) => away(error),
        Verdict::Contended(error) => Error::unavailable(DATABASE, Contended(error)),
        Verdict::Unclear(error) => match language(connection).await {
            None => Error::unavailable(DATABASE, error),
            // The cause is either contention or an outage, and repeating the change is harmless.
            Some(Language::Other) if has_no_position(&error) => {
                Error::unavailable(DATABASE, Contended(error))
            }
            Some(_) => Error::internal(error),
        },
    }
}

/// Language of a server's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
    Other,
}

/// Returns the language of a connection's messages, by provoking a well-known error; `None` if the connection does not
/// work. The name of the locale is not enough: the server's environment variable `LANGUAGE` has an effect too, and
/// translations may be missing.
async fn language(connection: &mut AsyncPgConnection) -> Option<Language> {
    let answer = timeout(CHECK_WITHIN, connection.batch_execute("SELECT 1/0"));
    match answer.await.ok()? {
        Err(QueryError::DatabaseError(DatabaseErrorKind::Unknown, information)) => {
            Some(match information.message() {
                "division by zero" => Language::English,
                _ => Language::Other,
            })
        }
        _ => None,
    }
}
