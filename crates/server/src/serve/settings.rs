//! Settings of the use cases, taken from the configuration.

use application::{
    Settings,
    ports::SessionTtl,
    sessions::{LogInLimits, NameSeal, SessionRules},
};

use crate::config::Config;

pub(super) fn settings(config: &Config, seal: NameSeal) -> Settings {
    Settings {
        live: config.live.rules(),
        interval: config.live.interval,
        sync_interval: config.live.sync_interval,
        max_messages_per_vehicle: config.live.max_messages_per_vehicle,
        sessions: SessionRules {
            access_ttl: config.auth.access_ttl,
            session_ttl: SessionTtl {
                idle: config.auth.refresh_ttl,
                whole: config.auth.session_ttl,
            },
            limits: LogInLimits {
                per_minute: config.limits.login_per_minute,
            },
            passwords: config.auth.passwords,
            seal,
        },
    }
}
