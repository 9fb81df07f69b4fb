//! Pauses between attempts at something that has to succeed before a server is ready.

use std::time::Duration;

use backon::ExponentialBuilder;

/// Maximum pause while a store is unavailable, without jitter.
pub(super) const MAX_PAUSE_WHILE_AWAY: Duration = Duration::from_secs(1);

/// Maximum pause after a failure that an operator has to resolve, without jitter.
pub(super) const MAX_PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Pauses while a store is unavailable, lengthened by up to their own length at random, so that servers that start
/// together do not connect together. Their number is unlimited.
pub(super) const WHILE_AWAY: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(200))
    .with_max_delay(MAX_PAUSE_WHILE_AWAY)
    .with_jitter()
    .without_max_times();

/// Pauses after failures that an operator has to resolve.
pub(super) const AFTER_FAILURE: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_secs(1))
    .with_max_delay(MAX_PAUSE_AFTER_FAILURE)
    .with_jitter()
    .without_max_times();
