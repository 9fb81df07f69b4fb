use std::time::Duration;

use application::{Error, Result};
use domain::{
    GroupId, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleStatus},
};
use futures::future::{join, join_all};
use test_builders::a_vehicle;
use tokio::time::timeout;

use super::Registry;
use crate::registry::{a_group, an_administrator, read, rename};

/// Time limit of an operation, far above its usual duration.
const DEADLINE: Duration = Duration::from_secs(60);

/// Checks that the other call succeeds without effect, because the vehicle is already in the group. Of two concurrent
/// removals, one fails.
pub async fn of_two_concurrent_additions_to_a_group_one_changes_the_vehicle(registry: &dyn Registry) {
    let groups = registry.groups();
    for _ in 0..5 {
        let group = a_group(registry, OrganizationId::DEFAULT).await.id;
        let vehicle = a_vehicle().register(registry.vehicles()).await;
        let add = || groups.add_vehicle(an_administrator(), group, vehicle.id);
        let (one, other) = join(add(), add()).await;
        let (one, other) = (
            one.expect("the vehicle is added"),
            other.expect("the vehicle is a member"),
        );
        assert_eq!(one, other);
        assert_eq!(one.version, vehicle.version.next());

        let remove = || groups.remove_vehicle(an_administrator(), group, vehicle.id);
        let (one, other) = join(remove(), remove()).await;
        let (out, not_in) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(
            out.expect("the vehicle is removed").version,
            vehicle.version.next().next()
        );
        assert!(
            matches!(not_in, Err(Error::NotFound { what: "vehicle" })),
            "{not_in:?}"
        );
    }
}

/// Adds, removes, renames and deletes vehicles, and records their statuses, while groups are deleted. Checks that no
/// call deadlocks or fails unexpectedly, and that the result is consistent.
pub async fn concurrent_changes_of_vehicles_and_groups_do_not_deadlock(registry: &dyn Registry) {
    let vehicles = registry.vehicles();
    let fleet = join_all((0..10).map(|_| async { a_vehicle().enabled().register(vehicles).await.id }));
    let mut fleet = fleet.await;
    for round in 0..5 {
        let groups = (0..8).map(|_| a_group(registry, OrganizationId::DEFAULT));
        let groups: Vec<GroupId> = join_all(groups).await.iter().map(|group| group.id).collect();
        let turmoil = a_turmoil(registry, &fleet, &groups, round);
        timeout(DEADLINE, turmoil).await.expect("no deadlock");

        fleet.pop();
        for id in &fleet {
            let vehicle = read(vehicles, *id).await;
            assert!(
                vehicle
                    .group_ids
                    .is_disjoint(&groups[1..].iter().copied().collect())
            );
        }
    }
}

/// Runs the changes in different orders. Deletes the last vehicle, and all groups except the first.
async fn a_turmoil(registry: &dyn Registry, fleet: &[VehicleId], groups: &[GroupId], round: usize) {
    let (vehicles, repository) = (registry.vehicles(), registry.groups());
    let movers = (0..6).map(|mover| async move {
        for step in 0..16 {
            let vehicle = fleet[(mover * 5 + step * 3) % fleet.len()];
            let group = groups[(mover + step) % groups.len()];
            let outcome = match (mover + step) % 4 {
                3 => {
                    repository
                        .remove_vehicle(an_administrator(), group, vehicle)
                        .await
                }
                _ => repository.add_vehicle(an_administrator(), group, vehicle).await,
            };
            check_possible(outcome);
        }
    });
    let renamer = async {
        for (step, vehicle) in fleet.iter().rev().enumerate() {
            let changes = rename(&format!("{round} {step}"));
            check_possible(vehicles.update(an_administrator(), *vehicle, None, changes).await);
        }
    };
    let listener = async {
        for status in [VehicleStatus::Moving, VehicleStatus::Idle, VehicleStatus::Moving] {
            let said: Vec<_> = fleet.iter().rev().map(|id| (*id, status)).collect();
            vehicles.record_statuses(&said).await.expect("they are recorded");
        }
    };
    let deleter = async {
        for group in &groups[1..] {
            repository
                .delete(an_administrator(), *group)
                .await
                .expect("it is deleted");
        }
        let vehicle = fleet.last().expect("vehicles are left");
        check_possible(vehicles.delete(an_administrator(), *vehicle, None).await);
    };
    futures::join!(join_all(movers), renamer, listener, deleter);
}

/// Accepts a success, or an error because the vehicle, the group or the membership does not exist.
fn check_possible(outcome: Result<Vehicle>) {
    assert!(
        matches!(outcome, Ok(_) | Err(Error::NotFound { .. })),
        "{outcome:?}"
    );
}
