//! A client that continuously requests the health of the service.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{access::Access, recorder::Recorder};

/// Time between two requests.
const PERIOD: Duration = Duration::from_millis(100);

/// Records when the health stops being "up", until the task is aborted.
pub(super) async fn observe(access: Access, recorder: Recorder) {
    let mut period = interval(PERIOD);
    period.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_up = true;
    loop {
        period.tick().await;
        let health = access.health().await;
        let is_up = health.as_deref() == Ok("up");
        if was_up && !is_up {
            recorder.trouble(format!("/health: {health:?}"));
        }
        was_up = is_up;
    }
}
