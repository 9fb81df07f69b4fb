//! Authentication: log-ins, sessions and live sessions.

mod cache;
pub(crate) mod fakes;
mod live_sessions;
mod logging_in;
pub(crate) mod office;
mod own_sessions;
mod refreshing;

pub(crate) use office::{Office, acting_as, auth_ports, from, session_rules};
