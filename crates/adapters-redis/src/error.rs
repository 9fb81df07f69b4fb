//! Translation of the libraries' errors to the application's.

use application::Error;
use deadpool_redis::redis::RedisError;

/// Converts an error of Redis or of its connection to [`Error::Unavailable`]: a later attempt may succeed. The cause is
/// only for the log.
///
/// A key of another type is the exception, because Redis is available. Callers treat such a key as absent; it only
/// reaches this function if another program replaces it during a repair.
pub(crate) fn from_redis(error: RedisError) -> Error {
    match is_wrong_type(&error) {
        true => Error::internal(error),
        false => Error::unavailable("redis", error),
    }
}

/// Returns `true` if a command failed because its key holds a value of another type.
pub(crate) fn is_wrong_type(error: &RedisError) -> bool {
    // Before Redis 7, the error of a command inside a script is part of a longer text.
    error.code() == Some("WRONGTYPE") || error.detail().is_some_and(|detail| detail.contains("WRONGTYPE"))
}

#[cfg(test)]
mod tests {
    use deadpool_redis::redis::make_extension_error;

    use super::*;

    #[test]
    fn a_key_of_another_type_does_not_mean_that_redis_is_unavailable() {
        let wrong_type = "Operation against a key holding the wrong kind of value";
        let in_a_script = "Error running script (call to f_0123): @user_script:9: WRONGTYPE Operation";
        for (code, detail, is_unavailable) in [
            ("WRONGTYPE", wrong_type, false),
            ("ERR", in_a_script, false),
            ("NOREPLICAS", "Not enough good replicas to write.", true),
        ] {
            let error = make_extension_error(code.to_owned(), Some(detail.to_owned()));
            assert_eq!(from_redis(error).is_unavailable(), is_unavailable, "{code}");
        }
    }
}
