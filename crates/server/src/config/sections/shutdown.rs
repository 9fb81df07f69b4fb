//! Settings for a graceful shutdown.

use std::time::Duration;

use crate::config::{Environment, declaration::Fallback, reader::Reader, value::millis};

/// Time limits of a graceful shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shutdown {
    /// Time limit for the whole shutdown.
    pub timeout: Duration,
    /// First part of this time, in which all requests are still served, while proxies notice that the server is not
    /// ready.
    pub drain: Duration,
}

impl Shutdown {
    pub(super) fn read(from: &mut Reader) -> Self {
        let timeout = from.value(
            "HTTP__SHUTDOWN_TIMEOUT_MS",
            "Maximum duration of a graceful shutdown, including `HTTP__DRAIN_MS`",
            "10000",
            millis(1..=600_000),
        );
        // A developer's server has no proxy in front of it, and should stop at once.
        let drain = match from.environment() {
            Environment::Development => Fallback::from("0"),
            Environment::Staging | Environment::Production => Fallback::of_another_setting(
                (timeout.as_millis() / 2).to_string(),
                "half of `HTTP__SHUTDOWN_TIMEOUT_MS`",
            ),
        };
        let drain = from.value(
            "HTTP__DRAIN_MS",
            "Time at the beginning of the shutdown during which all requests are still served, but `/health/ready` \
             returns 503, so that load balancers stop using the server; at most half of `HTTP__SHUTDOWN_TIMEOUT_MS`",
            drain,
            millis(0..=300_000),
        );
        from.rule(
            &["HTTP__DRAIN_MS", "HTTP__SHUTDOWN_TIMEOUT_MS"],
            drain <= timeout / 2,
            || {
                "must not be more than half of HTTP__SHUTDOWN_TIMEOUT_MS: requests in progress need the rest"
                    .to_owned()
            },
        );
        Self { timeout, drain }
    }
}
