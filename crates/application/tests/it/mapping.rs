//! The mapping of vehicles to their live keys.

use std::{sync::Arc, time::Duration};

use adapters_memory::bridge_heartbeats::MemoryBridgeHeartbeats;
use application::{
    Error, Result,
    health::{VehicleBridge, VehicleBridgeStatus},
    mapping::MappingValidation,
    ports::{
        BridgeHeartbeats, KeyFault, KeyPart, LiveKeys as _, LiveRecord, Roll, RollMember, Series,
        StoredHeartbeats,
    },
};
use async_trait::async_trait;
use domain::{VehicleId, vehicle::SyncStatus};

use crate::stage::{Stage, an_actor_with, an_administrator, start_and_stop, unknown_id};

impl Stage {
    async fn validation(&self, id: VehicleId) -> MappingValidation {
        let validated = self.app.mapping.validate_mapping(&an_administrator(), id).await;
        validated.expect("the stores are available")
    }

    async fn faults(&self, id: VehicleId) -> Vec<(KeyPart, KeyFault)> {
        let validation = self.validation(id).await;
        let faults: Vec<_> = validation
            .differences
            .iter()
            .map(|difference| (difference.part, difference.fault))
            .collect();
        assert_eq!(validation.is_valid(), faults.is_empty());
        faults
    }

    /// Stores the position of a vehicle in its keys, and restores it from there, as a server does when it starts.
    async fn restore_position(&self, id: VehicleId, x: f64) {
        let position = self.position(x);
        let record = LiveRecord {
            vehicle_id: id,
            last_update: position.timestamp,
            position: Some(position),
            state: None,
            series: Series::default(),
            broken: Default::default(),
            expires_in: std::time::Duration::from_secs(3_600),
        };
        let written = self.store.write(&[record]).await;
        assert_eq!(written.expect("the memory store is always available"), []);
        self.app.mapping.map_vehicle_to_redis(id).await;
    }
}

fn member(id: VehicleId) -> RollMember {
    RollMember(id.to_string().into_bytes())
}

#[tokio::test]
async fn a_mapped_vehicle_is_valid_until_a_part_of_its_keys_is_lost() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    // Otherwise the vehicle's keys would be due to be written.
    start_and_stop(&stage.app).await;
    stage
        .store
        .forget(&[id])
        .await
        .expect("the memory store is always available");
    assert_eq!(stage.faults(id).await, [(KeyPart::Active, KeyFault::Missing)]);
    stage.restore_position(id, 1.0).await;
    assert_eq!(stage.faults(id).await, []);
    assert_eq!(stage.validation(id).await.redis_key, format!("vehicle:{{{id}}}"));

    let struck = stage.store.strike(Roll::Map, &[member(id)]).await;
    struck.expect("the memory store is always available");
    assert_eq!(stage.faults(id).await, [(KeyPart::Map, KeyFault::Missing)]);
    stage
        .store
        .forget(&[id])
        .await
        .expect("the memory store is always available");
    let lost = [KeyPart::Active, KeyPart::Position, KeyPart::Map].map(|part| (part, KeyFault::Missing));
    assert_eq!(stage.faults(id).await, lost);
    assert!(
        stage.store.read(&[id]).await.expect("it answers").is_empty(),
        "nothing is repaired"
    );
}

#[tokio::test]
async fn a_disabled_vehicle_is_valid_while_it_is_not_listed() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    stage.restore_position(id, 1.0).await;
    let disabled = stage.app.vehicles.disable(&an_administrator(), id, None).await;
    disabled.expect("it exists");
    assert_eq!(stage.faults(id).await, []);
    stage
        .store
        .activate(&[id])
        .await
        .expect("the memory store is always available");
    assert_eq!(stage.faults(id).await, [(KeyPart::Active, KeyFault::Unexpected)]);
    stage.app.mapping.unmap_vehicle_from_redis(id).await;
    assert_eq!(stage.faults(id).await, []);
}

#[tokio::test]
async fn only_the_mapping_of_visible_vehicles_is_shown() {
    let stage = Stage::new();
    let enabled = stage.enabled_forklift("Lift 1").await.id;
    let disabled = stage.forklift("Lift 2", true).await.id;
    let mapping = &stage.app.mapping;
    let status = mapping.get_mapping_status(&an_administrator(), enabled).await;
    let status = status.expect("it exists").expect("it is enabled");
    assert_eq!(status.mapping.sync_status, SyncStatus::OutOfSync);
    assert_eq!((status.mapping.last_mismatch, status.bridge), (None, None));
    assert!(!status.is_incomplete);
    let none = mapping.get_mapping_status(&an_administrator(), disabled).await;
    assert_eq!(none.expect("it exists"), None);
    let stranger = an_actor_with(&[disabled]);
    for (actor, id) in [(an_administrator(), unknown_id()), (stranger, enabled)] {
        let status = mapping.get_mapping_status(&actor, id).await;
        assert!(matches!(status, Err(Error::NotFound { .. })), "{status:?}");
        let validation = mapping.validate_mapping(&actor, id).await;
        assert!(
            matches!(validation, Err(Error::NotFound { .. })),
            "{validation:?}"
        );
    }
}

/// Heartbeats that are never read.
struct Unreadable;

#[async_trait]
impl BridgeHeartbeats for Unreadable {
    async fn read(&self) -> Result<StoredHeartbeats> {
        Err(Error::unavailable("redis", "connection refused"))
    }
}

#[tokio::test]
async fn the_mapping_has_the_bridge_that_lists_the_vehicle() {
    let stage = Stage::new();
    let listed = stage.enabled_forklift("Lift 1").await.id;
    let other = stage.enabled_forklift("Lift 2").await.id;
    let heartbeats = Arc::new(MemoryBridgeHeartbeats::default());
    let content = format!(r#"{{"robots":[{{"vehicleId":"{listed}","status":"no_data","since":1}}]}}"#);
    heartbeats.store(b"hall-1", content.as_bytes(), Some(Duration::from_secs(15)));
    let app = stage.with(|ports| ports.bridges = heartbeats);
    let bridge_of = async |id| {
        let status = app.mapping.get_mapping_status(&an_administrator(), id).await;
        status.expect("it exists").expect("it is enabled").bridge
    };
    let bridge = bridge_of(listed).await.expect("it is listed");
    assert_eq!(bridge.status(), VehicleBridgeStatus::NoData);
    assert!(
        matches!(&bridge, VehicleBridge::Known { name, .. } if name == "hall-1"),
        "{bridge:?}"
    );
    assert_eq!(bridge_of(other).await, None);
    let bridges = app.mapping.bridges_of(&[listed, other]).await;
    assert_eq!(bridges.into_iter().collect::<Vec<_>>(), [(listed, bridge)]);
}

#[tokio::test]
async fn without_heartbeats_the_mapping_has_an_unknown_bridge() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    let app = stage.with(|ports| ports.bridges = Arc::new(Unreadable));
    let reason = "the heartbeats cannot be read";
    let unknown = VehicleBridge::Unknown { reason };
    let status = app.mapping.get_mapping_status(&an_administrator(), id).await;
    let status = status.expect("it exists").expect("it is enabled");
    assert_eq!(status.bridge, Some(unknown.clone()));
    assert!(!status.is_incomplete, "the live keys were read");
    let bridges = app.mapping.bridges_of(&[id]).await;
    assert_eq!(bridges.get(&id), Some(&unknown));
}
