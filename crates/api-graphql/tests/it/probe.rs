//! Test doubles of the stores.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adapters_memory::{live_keys::MemoryLiveStore, registry::MemoryRegistry};
use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{
        BridgeHeartbeats, Collision, Differences, EventLog, GroupRepository, LiveKeys, LiveRecord, Mode,
        NextEvents, Registration, Roll, RollMember, RollPage, StoredHeartbeats, VehicleFilter, VehiclePlace,
        VehicleRepository, VehicleSort,
    },
    registry::Sequence,
};
use async_trait::async_trait;
use domain::{
    AccessScope, Group, GroupId, GroupName, OrganizationId, VehicleId,
    telemetry::Timestamp,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use time::OffsetDateTime;

use crate::stores::Stores;

/// In-memory stores that count calls, and can fail or delay them.
#[derive(Default)]
pub(crate) struct Probe {
    registry: MemoryRegistry,
    live: MemoryLiveStore,
    calls: Mutex<BTreeMap<&'static str, usize>>,
    /// Makes reads of the live keys, the groups and the heartbeats of bridges fail.
    pub(crate) is_away: AtomicBool,
    /// Makes reads of vehicles panic.
    pub(crate) panics: AtomicBool,
    /// Makes the next read of the registry's log report that entries were lost.
    pub(crate) log_goes_on_too_late: AtomicBool,
    /// Delay of updates and of the list of enabled vehicles.
    delay: Mutex<Duration>,
}

impl Probe {
    pub(crate) fn stores(self: &Arc<Self>) -> Stores {
        Stores::default().with(|ports| {
            ports.vehicles = self.clone();
            ports.groups = self.clone();
            ports.organizations = Arc::new(self.registry.clone());
            ports.log = self.clone();
            ports.keys = self.clone();
            ports.bridges = self.clone();
        })
    }

    /// Returns the number of calls of each name since this function was last called.
    pub(crate) fn calls(&self) -> BTreeMap<&'static str, usize> {
        std::mem::take(&mut *self.calls.lock().expect("the mutex is not poisoned"))
    }

    pub(crate) fn dawdle(&self, delay: Duration) {
        *self.delay.lock().expect("the mutex is not poisoned") = delay;
    }

    fn count_call(&self, name: &'static str) {
        *self
            .calls
            .lock()
            .expect("the mutex is not poisoned")
            .entry(name)
            .or_default() += 1;
    }

    async fn may_be_away(&self) -> Result<()> {
        tokio::task::yield_now().await;
        match self.is_away.load(Ordering::Relaxed) {
            true => Err(Error::unavailable("redis", "connection refused")),
            false => Ok(()),
        }
    }

    fn may_panic(&self) {
        assert!(!self.panics.load(Ordering::Relaxed), "an invariant does not hold");
    }

    async fn may_dawdle(&self) {
        let delay = *self.delay.lock().expect("the mutex is not poisoned");
        tokio::time::sleep(delay).await;
    }
}

#[async_trait]
impl VehicleRepository for Probe {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        self.count_call("find_by_ids of vehicles");
        VehicleRepository::find_by_ids(&self.registry, scope, ids).await
    }

    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>> {
        self.count_call("find_by_id");
        self.may_panic();
        VehicleRepository::find_by_id(&self.registry, scope, id).await
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        sort: VehicleSort,
        page: &PageRequest<VehiclePlace>,
    ) -> Result<Page<Vehicle>> {
        self.count_call("find_all");
        self.may_panic();
        VehicleRepository::find_all(&self.registry, scope, filter, sort, page).await
    }

    async fn count(&self, scope: &AccessScope, filter: &VehicleFilter) -> Result<u64> {
        self.count_call("count");
        VehicleRepository::count(&self.registry, scope, filter).await
    }

    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType, limit: u32) -> Result<Vec<Vehicle>> {
        self.count_call("find_by_type");
        self.registry.find_by_type(scope, kind, limit).await
    }

    async fn find_enabled_vehicles(&self, scope: &AccessScope, limit: u32) -> Result<Vec<Vehicle>> {
        self.may_dawdle().await;
        self.registry.find_enabled_vehicles(scope, limit).await
    }

    async fn create(&self, by: &Actor, organization: OrganizationId, draft: VehicleDraft) -> Result<Vehicle> {
        VehicleRepository::create(&self.registry, by, organization, draft).await
    }

    async fn create_all(
        &self,
        by: &Actor,
        organization: OrganizationId,
        registrations: Vec<Registration>,
        mode: Mode,
    ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>> {
        self.registry
            .create_all(by, organization, registrations, mode)
            .await
    }

    async fn update(
        &self,
        by: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle> {
        self.may_dawdle().await;
        self.registry.update(by, id, expected, changes).await
    }

    async fn delete(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        VehicleRepository::delete(&self.registry, by, id, expected).await
    }

    async fn restore(&self, by: &Actor, id: VehicleId) -> Result<Vehicle> {
        self.registry.restore(by, id).await
    }

    async fn set_enabled(&self, by: &Actor, ids: &[VehicleId], is_enabled: bool) -> Result<Vec<Vehicle>> {
        self.registry.set_enabled(by, ids, is_enabled).await
    }

    async fn delete_all(&self, by: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        self.registry.delete_all(by, ids).await
    }

    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<OffsetDateTime> {
        self.registry.record_statuses(statuses).await
    }

    async fn load_all(&self) -> Result<Vec<Vehicle>> {
        self.registry.load_all().await
    }
}

#[async_trait]
impl GroupRepository for Probe {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[GroupId]) -> Result<Vec<Group>> {
        self.count_call("find_by_ids of groups");
        self.may_be_away().await?;
        GroupRepository::find_by_ids(&self.registry, scope, ids).await
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        organization: Option<OrganizationId>,
        page: &PageRequest<GroupId>,
    ) -> Result<Page<Group>> {
        GroupRepository::find_all(&self.registry, scope, organization, page).await
    }

    async fn count(&self, scope: &AccessScope, organization: Option<OrganizationId>) -> Result<u64> {
        GroupRepository::count(&self.registry, scope, organization).await
    }

    async fn create(&self, by: &Actor, organization: OrganizationId, name: GroupName) -> Result<Group> {
        GroupRepository::create(&self.registry, by, organization, name).await
    }

    async fn rename(&self, by: &Actor, id: GroupId, name: GroupName) -> Result<Group> {
        GroupRepository::rename(&self.registry, by, id, name).await
    }

    async fn delete(&self, by: &Actor, id: GroupId) -> Result<Vec<Vehicle>> {
        GroupRepository::delete(&self.registry, by, id).await
    }

    async fn add_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        self.registry.add_vehicle(by, group, vehicle).await
    }

    async fn remove_vehicle(&self, by: &Actor, group: GroupId, vehicle: VehicleId) -> Result<Vehicle> {
        self.registry.remove_vehicle(by, group, vehicle).await
    }
}

#[async_trait]
impl EventLog for Probe {
    async fn position(&self) -> Result<Sequence> {
        self.registry.position().await
    }

    async fn read_after(&self, after: Sequence) -> Result<NextEvents> {
        match self.log_goes_on_too_late.swap(false, Ordering::Relaxed) {
            true => Ok(NextEvents::Lost),
            false => self.registry.read_after(after).await,
        }
    }

    async fn forget_older_than(&self, age: Duration) -> Result<()> {
        self.registry.forget_older_than(age).await
    }
}

#[async_trait]
impl LiveKeys for Probe {
    fn key_of(&self, id: VehicleId) -> String {
        self.live.key_of(id)
    }

    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>> {
        self.live.write(records).await
    }

    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>> {
        self.count_call("read of live keys");
        self.may_be_away().await?;
        self.live.read(ids).await
    }

    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences> {
        self.live.differing(expected, latest).await
    }

    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage> {
        self.live.members(roll, cursor).await
    }

    async fn members_among(&self, roll: Roll, ids: &[VehicleId]) -> Result<HashSet<VehicleId>> {
        self.live.members_among(roll, ids).await
    }

    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<Vec<RollMember>> {
        self.live.strike(roll, members).await
    }

    async fn activate(&self, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        self.live.activate(ids).await
    }

    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()> {
        self.live.deactivate(ids).await
    }

    async fn forget(&self, ids: &[VehicleId]) -> Result<()> {
        self.live.forget(ids).await
    }
}

#[async_trait]
impl BridgeHeartbeats for Probe {
    async fn read(&self) -> Result<StoredHeartbeats> {
        self.count_call("read of heartbeats");
        self.may_be_away().await?;
        Ok(StoredHeartbeats::default())
    }
}
