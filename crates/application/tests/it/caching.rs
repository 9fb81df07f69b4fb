//! The cache of positions and states that queries read from the live keys.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use adapters_memory::live_keys::MemoryLiveStore;
use application::{Application, Error, Result, ports::PositionStore};
use async_trait::async_trait;
use domain::{Role, VehicleId, telemetry::VehiclePosition};

use crate::stage::{Stage, a, an_actor_with, an_administrator, unknown_id};

/// A store of positions that counts reads, and can be unavailable.
struct CountedPositions {
    inner: Arc<MemoryLiveStore>,
    reads: AtomicUsize,
    is_away: AtomicBool,
}

impl CountedPositions {
    fn of(stage: &Stage) -> Arc<Self> {
        Arc::new(Self {
            inner: stage.store.clone(),
            reads: AtomicUsize::new(0),
            is_away: AtomicBool::new(false),
        })
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl PositionStore for CountedPositions {
    async fn get_position(&self, id: VehicleId) -> Result<Option<VehiclePosition>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(Error::unavailable("redis", "connection refused")),
            false => self.inner.get_position(id).await,
        }
    }

    async fn set_position(&self, id: VehicleId, position: &VehiclePosition) -> Result<bool> {
        self.inner.set_position(id, position).await
    }

    async fn get_positions(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehiclePosition>> {
        self.inner.get_positions(ids).await
    }

    async fn get_all_active_positions(&self) -> Result<HashMap<VehicleId, VehiclePosition>> {
        self.inner.get_all_active_positions().await
    }
}

/// Returns the x coordinate of a vehicle as an administrator sees it.
async fn x_of(app: &Application, id: VehicleId) -> Option<f64> {
    let position = app.live_queries.position(&an_administrator(), id).await;
    position
        .expect("the store is available")
        .map(|position| position.x)
}

async fn store(stage: &Stage, id: VehicleId, x: f64) {
    let stored = stage.store.set_position(id, &stage.position(x)).await;
    assert!(stored.expect("the memory store is always available"));
}

/// Queries a position until it has this x coordinate, which takes as long as the entry in the cache lives.
async fn until_at(app: &Application, id: VehicleId, x: f64) {
    crate::stage::until(|| async { x_of(app, id).await == Some(x) }).await;
}

#[tokio::test]
async fn a_position_is_read_once_until_the_cache_is_cleared() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    store(&stage, id, 1.0).await;
    let positions = CountedPositions::of(&stage);
    let app = stage.with(|ports| ports.positions = positions.clone());
    for _ in 0..1_000 {
        assert_eq!(x_of(&app, id).await, Some(1.0));
    }
    // On a slow machine, the entry may expire between two queries.
    let reads = positions.reads();
    assert!(reads < 20, "{reads} reads");

    store(&stage, id, 2.0).await;
    let cleared = app.live_queries.clear_cache(&an_administrator());
    cleared.expect("an administrator may clear it");
    assert_eq!(x_of(&app, id).await, Some(2.0));
    assert_eq!(positions.reads(), reads + 1);
    store(&stage, id, 3.0).await;
    until_at(&app, id, 3.0).await;
}

#[tokio::test]
async fn absence_is_cached_for_a_short_time_as_well() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    let positions = CountedPositions::of(&stage);
    let app = stage.with(|ports| ports.positions = positions.clone());
    assert_eq!(x_of(&app, id).await, None);
    store(&stage, id, 1.0).await;
    until_at(&app, id, 1.0).await;
}

#[tokio::test]
async fn an_error_is_not_cached() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    store(&stage, id, 1.0).await;
    let positions = CountedPositions::of(&stage);
    let app = stage.with(|ports| ports.positions = positions.clone());
    positions.is_away.store(true, Ordering::SeqCst);
    let position = app.live_queries.position(&an_administrator(), id).await;
    assert!(position.expect_err("the store is unavailable").is_unavailable());
    positions.is_away.store(false, Ordering::SeqCst);
    assert_eq!(x_of(&app, id).await, Some(1.0));
}

#[tokio::test]
async fn a_message_supersedes_the_cache_at_once() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    store(&stage, id, 1.0).await;
    assert_eq!(x_of(&stage.app, id).await, Some(1.0));
    assert!(stage.robot_is_at(id, 2.0));
    assert_eq!(x_of(&stage.app, id).await, Some(2.0));
}

#[tokio::test]
async fn a_cached_position_is_only_returned_to_callers_that_see_the_vehicle() {
    let stage = Stage::new();
    let id = stage.enabled_forklift("Lift 1").await.id;
    store(&stage, id, 1.0).await;
    assert_eq!(x_of(&stage.app, id).await, Some(1.0));
    let stranger = an_actor_with(&[unknown_id()]);
    let hidden = stage.app.live_queries.position(&stranger, id).await;
    assert!(matches!(hidden, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn the_position_of_a_deleted_vehicle_is_not_kept() {
    let stage = Stage::new();
    let (id, vehicles) = (stage.enabled_forklift("Lift 1").await.id, &stage.app.vehicles);
    store(&stage, id, 1.0).await;
    assert_eq!(x_of(&stage.app, id).await, Some(1.0));
    let actor = an_administrator();
    vehicles.delete(&actor, id, None).await.expect("it exists");
    vehicles.restore(&actor, id).await.expect("it was deleted");
    assert_eq!(x_of(&stage.app, id).await, None);
}

#[tokio::test]
async fn only_administrators_clear_the_cache() {
    let stage = Stage::new();
    for role in [Role::Viewer, Role::Operator] {
        let cleared = stage.app.live_queries.clear_cache(&a(role));
        assert!(matches!(cleared, Err(Error::Forbidden { .. })), "{role}");
    }
}
