//! What the libraries say, in the application's words.

use application::Error;
use deadpool_redis::redis::RedisError;

/// Whatever goes wrong between here and Redis, trying again later may help; the error itself is for the log.
pub(crate) fn unavailable(error: RedisError) -> Error {
    Error::unavailable("redis", error)
}

/// Whether a command failed because of what somebody else has put into its key.
pub(crate) fn is_wrong_type(error: &RedisError) -> bool {
    // Before Redis 7 a script's own error is wrapped in a text.
    error.code() == Some("WRONGTYPE") || error.detail().is_some_and(|detail| detail.contains("WRONGTYPE"))
}
