//! The subscriptions `vehicleEvents`, `vehicleConnectionChanged` and `vehiclePositionsUpdated`.

mod changes;
mod payloads;
mod positions;
mod rights;

use application::ports::GrantRepository;
use domain::{GrantId, GrantTarget, GrantTerms, Role};
use rstest::rstest;
use serde_json::{Value, json};
use test_application::staff::Member;
use test_builders::an_administrator;

use crate::{socket_client::Client, stage::Stage};

const EVENTS: &str = "subscription($filter: VehicleFilter) { vehicleEvents(filter: $filter) {
    __typename
    ... on VehicleAdded { vehicle { id name isEnabled } }
    ... on VehicleUpdated { vehicle { id name isEnabled groups { name } } }
    ... on VehicleRemoved { vehicleId reason }
    ... on VehicleStateChange { vehicleId oldStatus newStatus vehicle { id status } }
    ... on VehicleConnectionChange { vehicleId connectionStatus reason vehicle { id connectionStatus } }
    ... on VehicleErrorRaised { vehicleId errorCode message vehicle { id } }
} }";
const SET_STATUS: &str =
    "mutation($id: ID!, $status: VehicleStatus!) { updateVehicleStatus(id: $id, status: $status) { id } }";
const RENAME: &str =
    "mutation($id: ID!, $name: String!) { updateVehicle(id: $id, input: {name: $name}) { id } }";
const ENABLE: &str = "mutation($id: ID!) { enableVehicle(id: $id) { id } }";
const DISABLE: &str = "mutation($id: ID!) { disableVehicle(id: $id) { id } }";
const DELETE: &str = "mutation($id: ID!) { deleteVehicle(id: $id) }";
const LEAVE: &str = "mutation($group: ID!, $vehicle: ID!) {
    removeVehicleFromGroup(groupId: $group, vehicleId: $vehicle) { id }
}";

async fn stage() -> Stage {
    let mut stage = Stage::new().await;
    stage.follow_the_registry().await;
    stage
}

/// Starts an operation with the id `a`, and waits until it has started.
async fn watch(client: &mut Client, query: &str, variables: Value) {
    client.subscribe("a", query, variables).await;
    client.subscribe("begun", "{ __typename }", json!({})).await;
    client.next("begun").await;
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "begun"}));
}

async fn event(client: &mut Client) -> Value {
    client.next("a").await["vehicleEvents"].take()
}

/// Checks that no event is pending. The next message must then answer a later query.
async fn nothing_more(client: &mut Client) {
    client.subscribe("later", "{ __typename }", json!({})).await;
    client.next("later").await;
    assert_eq!(client.receive().await, json!({"type": "complete", "id": "later"}));
}

fn removed(id: &str, reason: &str) -> Value {
    json!({"__typename": "VehicleRemoved", "vehicleId": id, "reason": reason})
}

fn updated(id: &str, name: &str, is_enabled: bool) -> Value {
    let vehicle = json!({"id": id, "name": name, "isEnabled": is_enabled, "groups": []});
    json!({"__typename": "VehicleUpdated", "vehicle": vehicle})
}

fn added(id: &str, name: &str, is_enabled: bool) -> Value {
    json!({"__typename": "VehicleAdded", "vehicle": {"id": id, "name": name, "isEnabled": is_enabled}})
}

impl Stage {
    /// Creates a viewer with grants and a socket that is subscribed to `vehicleEvents`. Also returns the ids of the
    /// grants.
    async fn watching_viewer(&self, grants: &[GrantTarget], filter: Value) -> (Member, Vec<GrantId>, Client) {
        let viewer = self.stores.staff.create_user(Role::Viewer, None, &[]).await;
        let mut ids = Vec::new();
        for &target in grants {
            ids.push(self.grant(&viewer, target).await);
        }
        let mut client = self.connect_as(&viewer).await;
        watch(&mut client, EVENTS, json!({"filter": filter})).await;
        (viewer, ids, client)
    }

    async fn grant(&self, viewer: &Member, target: GrantTarget) -> GrantId {
        let (registry, terms) = (&*self.stores.registry, GrantTerms::to_view(target));
        let granted = GrantRepository::create(registry, an_administrator(), viewer.user.id, terms).await;
        self.stores.staff.identities.rights_changed(viewer.user.id);
        granted.expect("the grant is created").id
    }

    async fn withdraw(&self, viewer: &Member, id: GrantId) {
        let withdrawn = GrantRepository::delete(&*self.stores.registry, an_administrator(), id).await;
        withdrawn.expect("the grant is revoked");
        self.stores.staff.identities.rights_changed(viewer.user.id);
    }
}

fn on_group(id: &str) -> GrantTarget {
    GrantTarget::Group(id.parse().expect("an id"))
}

fn on_vehicle(id: &str) -> GrantTarget {
    GrantTarget::Vehicle(id.parse().expect("an id"))
}
