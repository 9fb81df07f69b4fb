//! Rules of the live core that tests and benches share.

use std::time::Duration;

use application::live::LiveRules;
use domain::telemetry::{FreshnessRules, PlausibilityRules};

/// Returns rules that accept positions up to 1 km from the origin, at up to 30 m/s.
#[must_use]
pub fn live_rules() -> LiveRules {
    LiveRules {
        plausibility: PlausibilityRules {
            bounds: "-1000,-1000,-1000,1000,1000,1000".parse().expect("bounds"),
            max_speed_mps: 30.0,
            max_jump_m: 10.0,
            max_ahead_ms: 5_000,
            relocation_samples: 5,
        },
        freshness: FreshnessRules {
            stale_after: Duration::from_secs(5),
            disconnected_after: Duration::from_secs(30),
        },
        key_ttl: Duration::from_secs(86_400),
    }
}
