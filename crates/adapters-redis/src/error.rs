//! Translation of the libraries' errors to the application's.

use application::Error;
use deadpool_redis::redis::RedisError;

/// Converts any error of Redis or of its connection to [`Error::Unavailable`]: a later attempt may succeed. The cause
/// is only for the log.
pub(crate) fn unavailable(error: RedisError) -> Error {
    Error::unavailable("redis", error)
}

/// Returns `true` if a command failed because its key holds a value of another type.
pub(crate) fn is_wrong_type(error: &RedisError) -> bool {
    // Before Redis 7, the error of a command inside a script is part of a longer text.
    error.code() == Some("WRONGTYPE") || error.detail().is_some_and(|detail| detail.contains("WRONGTYPE"))
}
