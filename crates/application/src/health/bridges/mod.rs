//! Health of the bridges that publish the messages from ROS 2 and VDA 5050 robots.

mod heartbeat;
mod vehicle_bridge;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{AccessScope, VehicleId, telemetry::Timestamp};
use tokio::{
    task::yield_now,
    time::{Instant, timeout},
};

pub use heartbeat::{BridgedRobot, RobotStatus};
pub use vehicle_bridge::{VehicleBridge, VehicleBridgeStatus};

use super::{
    shared_check::{Check, SharedCheck},
    status::Status,
};
use crate::{
    error::Error,
    live::Live,
    ports::{BridgeHeartbeats, MAX_BRIDGES, StoredHeartbeats},
};
use vehicle_bridge::{Claims, Place};

/// Maximum time for the store to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Minimum time for which an answer is reused. A failure is reused for exactly this time.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// Maximum time for which an answer is reused. Heartbeats expire after at most 15 s; a longer time would show bridges
/// long after they have stopped.
const MAX_FRESH_FOR: Duration = Duration::from_secs(5);

/// Inverse of the share of the time that may be spent on reading, whose cost grows with the number of keys in the
/// store. Because [`MAX_FRESH_FOR`] limits the reuse of an answer, reads that take more than a quarter of a second use
/// a larger share.
const SHARE: u32 = 20;

/// Time for which a bridge is shown as lost after its last heartbeat.
const REMEMBERED_FOR: Duration = Duration::from_secs(3_600);

/// Maximum number of characters of a name that are shown.
const NAME_CHARS: usize = 100;

/// Reasons why robots of bridges may be missing.
const UNREAD: &str = "the heartbeats cannot be read";
const INVALID: &str = "a heartbeat is invalid";
const CUT: &str = "not all heartbeats were read";

/// State of a bridge.
#[derive(Debug, Clone, PartialEq)]
pub enum BridgeState {
    /// The heartbeat has not expired.
    Alive {
        /// The robots of the bridge.
        robots: Vec<BridgedRobot>,
    },
    /// The heartbeat is not valid.
    Invalid {
        /// Description of the first fault, which may quote the heartbeat.
        fault: String,
    },
    /// The heartbeat has expired.
    Lost,
}

/// A bridge, as described by its heartbeat.
#[derive(Debug, Clone, PartialEq)]
pub struct Bridge {
    /// Name, with at most 100 characters. Control characters are replaced.
    pub name: String,
    pub state: BridgeState,
    /// Time since which all checks have found the bridge alive, or all have found it invalid; for a lost bridge, the
    /// time of the last check that found it.
    pub since: Timestamp,
}

/// Health of all bridges.
#[derive(Debug, Clone)]
pub struct BridgesHealth {
    pub status: Status,
    /// Reason why the status is degraded, which may be shown to anyone.
    pub reason: Option<&'static str>,
    /// Time of the check at which the status last changed, or of the first check.
    pub since: Timestamp,
    /// Time that reading the heartbeats took.
    pub latency: Duration,
    /// Error of the store, whose message may be shown to anyone.
    pub error: Option<Arc<Error>>,
    /// The bridges, ordered by name; none if the store did not answer.
    pub bridges: Vec<Bridge>,
    /// Bridges that had a heartbeat, with the time of the last check that found it.
    known: BTreeMap<String, Timestamp>,
    /// The robots of `bridges`, by vehicle.
    claims: Claims,
    /// Reason why robots may be missing from `claims`; `None` if none can be missing.
    gap: Option<&'static str>,
}

/// The bridges, as described by their heartbeats. Clones share the heartbeats that were read.
#[derive(Clone)]
pub struct Bridges(SharedCheck<HeartbeatCheck>);

impl Bridges {
    #[must_use]
    pub fn new(heartbeats: Arc<dyn BridgeHeartbeats>, live: Arc<Live>) -> Self {
        Self(SharedCheck::new(HeartbeatCheck { heartbeats, live }))
    }

    /// Returns the health of the bridges. The heartbeats are read at most once a second, or less often, down to once in
    /// five seconds, if reading takes a long time. A read is aborted after two seconds. Between reads, the last result
    /// is returned. A failure is returned for one second, however long it took.
    pub async fn health(&self) -> Arc<BridgesHealth> {
        self.0.outcome().await
    }
}

/// Reads the heartbeats of bridges.
struct HeartbeatCheck {
    heartbeats: Arc<dyn BridgeHeartbeats>,
    live: Arc<Live>,
}

#[async_trait]
impl Check for HeartbeatCheck {
    type Outcome = Arc<BridgesHealth>;

    async fn run(&self, before: Option<Self::Outcome>) -> Self::Outcome {
        let began = Instant::now();
        let read = timeout(TIMEOUT, self.heartbeats.read()).await;
        let latency = began.elapsed();
        let read = read.unwrap_or_else(|_| Err(Error::no_answer("redis", TIMEOUT)));
        let now = self.live.now().wall();
        let before = before.as_deref();
        let (bridges, known, (status, reason), gap, error) = match read {
            Ok(stored) => {
                let is_cut = stored.is_cut;
                let (bridges, known) = merge(stored, before, now).await;
                let (judged, gap) = (judge(&bridges, is_cut), gap_in(&bridges, is_cut));
                (bridges, known, judged, gap, None)
            }
            Err(error) => {
                let known = before.map(|before| before.known.clone()).unwrap_or_default();
                let error = Some(Arc::new(error));
                (Vec::new(), known, (Status::Down, None), Some(UNREAD), error)
            }
        };
        let was = before.map_or(Status::Up, |before| before.status);
        if was != status {
            log_change(status, reason, error.as_deref());
        }
        Arc::new(BridgesHealth {
            status,
            reason,
            since: before
                .filter(|before| before.status == status)
                .map_or(now, |before| before.since),
            latency,
            error,
            claims: claims_of(&bridges).await,
            bridges,
            known,
            gap,
        })
    }

    fn fresh_for(&self, outcome: &Self::Outcome, took: Duration) -> Duration {
        match outcome.error {
            // A failure says nothing about the cost of reading.
            Some(_) => FRESH_FOR,
            None => took.saturating_mul(SHARE).clamp(FRESH_FOR, MAX_FRESH_FOR),
        }
    }
}

/// Returns the bridges that have a heartbeat or have lost theirs, and the time at which each of them was last found.
async fn merge(
    stored: StoredHeartbeats,
    before: Option<&BridgesHealth>,
    now: Timestamp,
) -> (Vec<Bridge>, BTreeMap<String, Timestamp>) {
    let mut known = before.map(|before| before.known.clone()).unwrap_or_default();
    let mut bridges = BTreeMap::new();
    for heartbeat in &stored.heartbeats {
        let name: String = String::from_utf8_lossy(&heartbeat.name)
            .chars()
            .take(NAME_CHARS)
            // Operators read names in terminals, where control characters have effects.
            .map(|character| match character.is_control() {
                true => char::REPLACEMENT_CHARACTER,
                false => character,
            })
            .collect();
        let state = match heartbeat::parse(heartbeat) {
            Ok(robots) => BridgeState::Alive { robots },
            Err(fault) => BridgeState::Invalid { fault },
        };
        let earlier = before.and_then(|before| before.bridges.iter().find(|bridge| bridge.name == name));
        let unchanged = earlier
            .filter(|earlier| std::mem::discriminant(&earlier.state) == std::mem::discriminant(&state));
        let since = unchanged.map_or(now, |earlier| earlier.since);
        known.insert(name.clone(), now);
        bridges.insert(name.clone(), Bridge { name, state, since });
        // Long heartbeats take milliseconds to parse; other requests of this thread get a turn after each one.
        yield_now().await;
    }
    forget(&mut known, now);
    // If not all heartbeats were read, those that are missing may exist.
    if !stored.is_cut {
        for (name, &since) in &known {
            bridges.entry(name.clone()).or_insert_with(|| Bridge {
                name: name.clone(),
                state: BridgeState::Lost,
                since,
            });
        }
    }
    (bridges.into_values().collect(), known)
}

/// Returns the robots of bridges, by vehicle.
async fn claims_of(bridges: &[Bridge]) -> Claims {
    let mut claims = Claims::default();
    for (index, bridge) in bridges.iter().enumerate() {
        if let BridgeState::Alive { robots } = &bridge.state {
            claims.add(index, robots);
            yield_now().await;
        }
    }
    claims
}

/// Removes bridges that were lost long ago and, if there are too many, those that were lost first.
fn forget(known: &mut BTreeMap<String, Timestamp>, now: Timestamp) {
    let limit_ms = i64::try_from(REMEMBERED_FOR.as_millis()).unwrap_or(i64::MAX);
    known.retain(|_, seen| now.ms_since(*seen) <= limit_ms);
    while known.len() > MAX_BRIDGES {
        let oldest = known.iter().min_by_key(|(_, seen)| **seen);
        let Some(name) = oldest.map(|(name, _)| name.clone()) else {
            return;
        };
        known.remove(&name);
    }
}

/// Returns the status of all bridges and, if it is degraded, the first reason. Without bridges, the status is up: the
/// server does not need any.
fn judge(bridges: &[Bridge], is_cut: bool) -> (Status, Option<&'static str>) {
    let any = |is_it: fn(&BridgeState) -> bool| bridges.iter().any(|bridge| is_it(&bridge.state));
    let reason = if any(|state| *state == BridgeState::Lost) {
        "a bridge no longer sends heartbeats"
    } else if any(is_invalid) {
        INVALID
    } else if any(has_disconnected_robot) {
        "a robot is not connected to its bridge"
    } else if is_cut {
        CUT
    } else {
        return (Status::Up, None);
    };
    (Status::Degraded, Some(reason))
}

/// Returns the reason why the heartbeats that were read may lack robots; `None` if they lack none.
fn gap_in(bridges: &[Bridge], is_cut: bool) -> Option<&'static str> {
    if bridges.iter().any(|bridge| is_invalid(&bridge.state)) {
        Some(INVALID)
    } else {
        is_cut.then_some(CUT)
    }
}

const fn is_invalid(state: &BridgeState) -> bool {
    matches!(state, BridgeState::Invalid { .. })
}

fn has_disconnected_robot(state: &BridgeState) -> bool {
    let BridgeState::Alive { robots } = state else {
        return false;
    };
    robots.iter().any(|robot| robot.status != RobotStatus::Connected)
}

impl BridgesHealth {
    /// Returns the bridges that a caller with this scope may see. Without a restriction, these are all bridges.
    /// Otherwise, they are the bridges with a robot whose vehicle is within the scope, each with only those robots.
    #[must_use]
    pub fn within(&self, scope: &AccessScope, live: &Live) -> Vec<Bridge> {
        if *scope == AccessScope::All {
            return self.bridges.clone();
        }
        let visible = |bridge: &Bridge| {
            let BridgeState::Alive { robots } = &bridge.state else {
                return None;
            };
            let ids: Vec<_> = robots.iter().map(|robot| robot.vehicle_id).collect();
            let visible = live.are_visible(scope, &ids);
            let robots = robots.iter().zip(visible).filter(|(_, is_visible)| *is_visible);
            let robots: Vec<_> = robots.map(|(robot, _)| robot.clone()).collect();
            let state = BridgeState::Alive { robots };
            let has_robots = state != BridgeState::Alive { robots: Vec::new() };
            has_robots.then(|| Bridge {
                state,
                ..bridge.clone()
            })
        };
        self.bridges.iter().filter_map(visible).collect()
    }

    /// Returns the bridge of a vehicle, which must be visible to the caller. If no heartbeat lists the vehicle, returns
    /// [`VehicleBridge::Unknown`] if some heartbeats could not be read, and `None` otherwise. If several heartbeats
    /// list it, a connected robot takes precedence over a silent one, and a silent one over one without data. Among
    /// equals, the robot with the latest `since` does, and then the first bridge by name.
    #[must_use]
    pub fn bridge_of(&self, id: VehicleId) -> Option<VehicleBridge> {
        let Some(Place { bridge, robot }) = self.claims.strongest(id) else {
            return self.gap.map(|reason| VehicleBridge::Unknown { reason });
        };
        let Bridge { name, state, .. } = self.bridges.get(bridge)?;
        let BridgeState::Alive { robots } = state else {
            return None;
        };
        Some(VehicleBridge::Known {
            name: name.clone(),
            robot: robots.get(robot)?.clone(),
        })
    }
}

fn log_change(status: Status, reason: Option<&'static str>, error: Option<&Error>) {
    match (status, error) {
        (Status::Up, _) => tracing::info!("all bridges are connected to their robots"),
        (_, Some(error)) => {
            tracing::warn!(error = error.chain(), "the heartbeats of bridges cannot be read");
        }
        (_, None) => tracing::warn!(reason, "the bridges have problems"),
    }
}

#[cfg(test)]
mod tests;
