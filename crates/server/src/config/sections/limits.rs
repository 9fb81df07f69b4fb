//! The `LIMITS__*` settings.

use std::num::NonZero;

use crate::config::{
    reader::Reader,
    value::{not_zero, number},
};

/// The `LIMITS__*` settings.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Maximum sustained number of requests per second for each user or, before log-in, client address.
    pub api_per_second: NonZero<u32>,
    /// Maximum number of requests that are accepted in a burst after a pause.
    pub api_burst: NonZero<u32>,
    /// Maximum number of log-in attempts per minute for each pair of an account and a client address.
    pub login_per_minute: NonZero<u32>,
    /// Maximum total size of request bodies in memory, in bytes.
    pub body_bytes: usize,
    /// Part of `body_bytes` that each client address, and each user, may use.
    pub body_bytes_per_client: usize,
}

impl Limits {
    pub(in crate::config) fn read(from: &mut Reader) -> Self {
        const MIB: usize = 1024 * 1024;
        let body_bytes = from.value(
            "LIMITS__BODY_BYTES",
            "Maximum total size of request bodies in flight, in bytes; a body is in flight until it has been parsed. \
             Requests beyond the limit get 503",
            "67108864",
            number(16 * MIB..=65_536 * MIB),
        );
        let body_bytes_per_client = from.value(
            "LIMITS__BODY_BYTES_PER_CLIENT",
            "Maximum total size of request bodies in flight from one address, and from one user, in bytes; must not be \
             greater than `LIMITS__BODY_BYTES`. Requests beyond the limit get 429",
            "33554432",
            number(16 * MIB..=65_536 * MIB),
        );
        from.rule(
            &["LIMITS__BODY_BYTES_PER_CLIENT", "LIMITS__BODY_BYTES"],
            body_bytes_per_client <= body_bytes,
            || "must not be greater than LIMITS__BODY_BYTES".to_owned(),
        );
        Self {
            api_per_second: from.value(
                "LIMITS__API_PER_SECOND",
                "Maximum sustained number of requests per second from one user or, before log-in, from one address",
                "100",
                not_zero(1_000_000),
            ),
            api_burst: from.value(
                "LIMITS__API_BURST",
                "Maximum number of requests that a user or, before log-in, an address may send at once",
                "1000",
                not_zero(1_000_000),
            ),
            login_per_minute: from.value(
                "LIMITS__LOGIN_PER_MINUTE",
                "Maximum number of log-in attempts per minute for one account from one address; for all accounts \
                 together, an address may make ten times as many",
                "30",
                not_zero(60_000),
            ),
            body_bytes,
            body_bytes_per_client,
        }
    }
}
