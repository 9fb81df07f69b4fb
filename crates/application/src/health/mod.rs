//! Health and readiness of the server, for probes and operators. Probes don't log in, so the use cases take no actor,
//! and the answers contain only data that may be published.

mod bridges;
mod check;
mod delivery;
mod dependency_check;
mod readiness;
mod shared_check;
mod status;

pub use bridges::{
    Bridge, BridgeState, BridgedRobot, Bridges, BridgesHealth, RobotStatus, VehicleBridge,
    VehicleBridgeStatus,
};
pub use check::{CheckHealth, CircuitStates};
pub use delivery::DeliveryHealth;
pub use readiness::{Hold, NotReady, Readiness};
pub use status::{Answer, Checked, Health, RedisHealth, Status};

#[cfg(test)]
mod tests;
