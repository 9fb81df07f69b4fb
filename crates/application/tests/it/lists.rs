//! A list that a client maintains by applying events equals the list that a query returns.

use std::{collections::BTreeMap, time::Duration};

use application::{
    Actor,
    live::NewsLost,
    live_queries::{News, RemovalReason, VehicleEvent},
    paging::PageRequest,
    ports::{GrantRepository, GroupRepository, VehicleFilter, VehicleRepository, VehicleSort},
    telemetry::{Channel, Content},
};
use domain::{
    GrantId, GrantTarget, GrantTerms, GroupId, GroupName, OrganizationId, Role, VehicleId,
    telemetry::{ErrorCode, VehicleRuntimeState},
    vehicle::Vehicle,
};
use futures::StreamExt as _;
use proptest::prelude::*;

use crate::{identity::Office, stage::Stage};

const VEHICLES: usize = 3;
const GROUPS: usize = 2;

/// Number of possible grant targets: the organisation, the groups and the vehicles.
const TARGETS: usize = 1 + GROUPS + VEHICLES;

#[derive(Debug, Clone)]
enum Step {
    Grant(usize),
    Withdraw(usize),
    Group(usize, usize),
    Ungroup(usize, usize),
    Delete(usize),
    Restore(usize),
    Enable(usize, bool),
    Talk(usize),
    Pause(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let vehicle = || 0..VEHICLES;
    let group = || 0..GROUPS;
    prop_oneof![
        3 => (0..TARGETS).prop_map(Step::Grant),
        3 => (0..TARGETS).prop_map(Step::Withdraw),
        2 => (group(), vehicle()).prop_map(|(group, vehicle)| Step::Group(group, vehicle)),
        2 => (group(), vehicle()).prop_map(|(group, vehicle)| Step::Ungroup(group, vehicle)),
        2 => vehicle().prop_map(Step::Delete),
        1 => vehicle().prop_map(Step::Restore),
        2 => (vehicle(), any::<bool>()).prop_map(|(vehicle, is_enabled)| Step::Enable(vehicle, is_enabled)),
        2 => vehicle().prop_map(Step::Talk),
        3 => prop::sample::select(vec![0, 20, 300, 700, 1_200]).prop_map(Step::Pause),
    ]
}

/// The list that the client keeps.
#[derive(Debug, Clone, Copy)]
enum Asks {
    All,
    Enabled,
    OfTheFirstGroup,
}

struct World {
    stage: Stage,
    vehicles: Vec<VehicleId>,
    groups: Vec<GroupId>,
    grants: BTreeMap<usize, GrantId>,
    user: domain::UserId,
    talks: u32,
}

impl World {
    fn target(&self, number: usize) -> GrantTarget {
        match number {
            0 => GrantTarget::Organization(OrganizationId::DEFAULT),
            n if n <= GROUPS => GrantTarget::Group(self.groups[n - 1]),
            n => GrantTarget::Vehicle(self.vehicles[n - 1 - GROUPS]),
        }
    }

    /// Executes a step if possible. Changes to vehicles are made by this server if `is_here`, otherwise by another
    /// server.
    async fn take(&mut self, step: &Step, is_here: bool) {
        let (by, registry) = (Actor::command_line(), self.stage.repository.clone());
        let changed: Option<Vehicle> = match *step {
            Step::Grant(target) => {
                let terms = GrantTerms::to_view(self.target(target));
                if let Ok(grant) = GrantRepository::create(&*registry, &by, self.user, terms).await {
                    self.grants.insert(target, grant.id);
                }
                None
            }
            Step::Withdraw(target) => {
                if let Some(grant) = self.grants.remove(&target) {
                    // The grant may have been deleted with its vehicle.
                    let _ = GrantRepository::delete(&*registry, &by, grant).await;
                }
                None
            }
            Step::Group(group, vehicle) => {
                let (group, vehicle) = (self.groups[group], self.vehicles[vehicle]);
                GroupRepository::add_vehicle(&*registry, &by, group, vehicle)
                    .await
                    .ok()
            }
            Step::Ungroup(group, vehicle) => {
                let (group, vehicle) = (self.groups[group], self.vehicles[vehicle]);
                GroupRepository::remove_vehicle(&*registry, &by, group, vehicle)
                    .await
                    .ok()
            }
            Step::Delete(vehicle) => VehicleRepository::delete(&*registry, &by, self.vehicles[vehicle], None)
                .await
                .ok(),
            Step::Restore(vehicle) => registry.restore(&by, self.vehicles[vehicle]).await.ok(),
            Step::Enable(vehicle, true) => registry.enable(&by, self.vehicles[vehicle], None).await.ok(),
            Step::Enable(vehicle, false) => registry.disable(&by, self.vehicles[vehicle], None).await.ok(),
            Step::Talk(vehicle) => {
                self.talks += 1;
                let now = self.stage.position(0.0).timestamp;
                let code = ErrorCode::new(&format!("E{}", self.talks)).expect("a code");
                let state = VehicleRuntimeState::new(0.5, 80.0, now).expect("in range");
                let content = Content::State(state.with_error_codes([code]));
                self.stage
                    .robot_says(self.vehicles[vehicle], Channel::State, content);
                None
            }
            Step::Pause(ms) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                None
            }
        };
        match changed {
            Some(vehicle) if is_here => self.stage.app.changes().vehicle_changed(&vehicle),
            _ => self.stage.app.changes().vehicles_changed(&[]),
        }
    }
}

/// The vehicles of a list, each with its groups and with `true` if it is enabled.
type List = BTreeMap<VehicleId, (Vec<GroupId>, bool)>;

fn entry(vehicle: &Vehicle) -> (VehicleId, (Vec<GroupId>, bool)) {
    let groups = vehicle.group_ids.iter().copied().collect();
    (vehicle.id, (groups, vehicle.is_enabled))
}

/// Applies an event to a client's list. Panics if a vehicle is added twice, or has another event while it is unknown.
fn apply(list: &mut List, event: VehicleEvent) {
    match event {
        VehicleEvent::Added(vehicle) => {
            let (id, entry) = entry(&vehicle.shown());
            assert!(list.insert(id, entry).is_none(), "{id} is added twice");
        }
        VehicleEvent::Updated(vehicle) => {
            let (id, entry) = entry(&vehicle.shown());
            assert!(list.insert(id, entry).is_some(), "{id} is updated but unknown");
        }
        // The vehicle stays in a list that includes disabled vehicles.
        VehicleEvent::Removed(id, RemovalReason::Disabled)
            if list.get(&id).is_some_and(|(_, is_on)| !is_on) => {}
        VehicleEvent::Removed(id, reason) => {
            assert!(
                list.remove(&id).is_some(),
                "{id} is removed ({reason:?}) but unknown"
            );
        }
        VehicleEvent::StatusChanged(change, _) => assert!(list.contains_key(&change.vehicle_id)),
        VehicleEvent::ConnectionChanged(change) => {
            assert!(
                list.contains_key(&change.vehicle.shown().id),
                "{change:?} of an unknown vehicle"
            );
        }
        VehicleEvent::ErrorRaised { vehicle, code, .. } => {
            assert!(
                list.contains_key(&vehicle.shown().id),
                "{code:?} of an unknown vehicle"
            );
        }
    }
}

/// Applies all events that arrive within the given time.
async fn follow(list: &mut List, events: &mut News<VehicleEvent>, time: Duration) {
    let until = tokio::time::Instant::now() + time;
    while let Ok(next) = tokio::time::timeout_at(until, events.next()).await {
        let event: Result<VehicleEvent, NewsLost> = next.expect("the session lasts");
        apply(list, event.expect("no news was lost"));
    }
}

async fn check(asks: Asks, begins_with: Vec<usize>, steps: Vec<(Step, bool, bool)>) {
    let stage = Stage::new();
    let office = Office::within(&stage);
    let by = Actor::command_line();
    let (mut vehicles, mut groups) = (Vec::new(), Vec::new());
    for number in 0..VEHICLES {
        vehicles.push(stage.enabled_forklift(&format!("Lift {number}")).await.id);
    }
    for number in 0..GROUPS {
        let name = GroupName::new(&format!("Hall {number}")).expect("a name");
        let group = GroupRepository::create(&*stage.repository, &by, OrganizationId::DEFAULT, name).await;
        groups.push(group.expect("it is new").id);
    }
    let _workers = stage.work(stage.store.clone()).await;
    let user = office.create_user("ana", Role::Viewer, None).await;
    let mut world = World {
        stage,
        vehicles,
        groups,
        grants: BTreeMap::new(),
        user: user.id,
        talks: 0,
    };
    for number in 0..VEHICLES {
        world.take(&Step::Group(number % GROUPS, number), true).await;
    }
    for target in begins_with {
        world.take(&Step::Grant(target), true).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let tokens = office.log_in("ana").await;
    let live_session = office.live_session(&tokens).await;
    let filter = match asks {
        Asks::All => VehicleFilter::default(),
        Asks::Enabled => VehicleFilter {
            enabled: Some(true),
            ..VehicleFilter::default()
        },
        Asks::OfTheFirstGroup => VehicleFilter {
            group: Some(world.groups[0]),
            ..VehicleFilter::default()
        },
    };
    let repository = world.stage.repository.clone();
    let mut events = world.stage.app.live_queries.watch_events(
        live_session.actor(),
        live_session.rights(),
        filter.clone(),
    );
    let page = PageRequest::forward(100, None);
    let ask = async |scope: &domain::AccessScope| -> List {
        // A filter by group is limited to vehicles that are visible because of the group or its organisation.
        let asked = filter
            .group
            .map_or_else(|| scope.clone(), |group| scope.through_group(group));
        let found =
            VehicleRepository::find_all(&*repository, &asked, &filter, VehicleSort::default(), &page).await;
        let found = found.expect("the memory store is always available");
        let shown = found.items.into_iter().map(|vehicle| vehicle.within(scope));
        shown.map(|vehicle| entry(&vehicle)).collect()
    };
    let mut list = ask(&live_session.actor().scope).await;
    for (step, is_here, reads) in &steps {
        world.take(step, *is_here).await;
        if *reads {
            follow(&mut list, &mut events, Duration::from_millis(1)).await;
        }
    }
    follow(&mut list, &mut events, Duration::from_secs(3)).await;
    let present = office.actor(&tokens).await.expect("the session lasts");
    assert_eq!(list, ask(&present.scope).await);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_list_maintained_by_events_equals_a_queried_list(
        asks in prop::sample::select(vec![Asks::All, Asks::Enabled, Asks::OfTheFirstGroup]),
        begins_with in prop::collection::vec(0..TARGETS, 0..3),
        steps in prop::collection::vec((step(), any::<bool>(), any::<bool>()), 1..24),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(check(asks, begins_with, steps));
    }
}
