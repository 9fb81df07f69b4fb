use application::ports::{AuditRecord, Mode};
use domain::{
    AuditAction, OrganizationId,
    vehicle::{Manufacturer, ModelName, VehicleChanges, VehicleStatus, VehicleType},
};
use serde_json::{Value, json};
use test_builders::{a_vehicle, full_details};

use super::{Registry, an_actor, check_done, done_by};
use crate::registry::{a_group, an_organization, rename};

/// Checks that entries contain the organisation, the author and the author's origin.
pub async fn every_change_of_a_vehicle_is_audited(registry: &dyn Registry) {
    let (vehicles, by) = (registry.vehicles(), an_actor());
    let organization = an_organization(registry).await;
    for &kind in VehicleType::ALL {
        let by = &an_actor();
        let draft = a_vehicle().with_details(full_details(kind)).draft();
        let made = vehicles
            .create(by, organization, draft)
            .await
            .expect("it is registered");
        let id = made.id;
        let mut before = made.clone();
        let mut expected = vec![AuditRecord::vehicle_created(&made)];
        for (changes, action) in [
            (rename("another's \"name\" 🤖"), AuditAction::UpdateVehicle),
            (VehicleChanges::enable(), AuditAction::EnableVehicle),
            (
                VehicleChanges::status(VehicleStatus::Stopped),
                AuditAction::ChangeVehicleStatus,
            ),
            (VehicleChanges::disable(), AuditAction::DisableVehicle),
        ] {
            let after = vehicles
                .update(by, id, None, changes)
                .await
                .expect("it is changed");
            let record = AuditRecord::vehicle_changed(&before, &after);
            assert_eq!(record.action, action);
            expected.push(record);
            before = after;
        }
        vehicles.delete(by, id, None).await.expect("it is deleted");
        expected.push(AuditRecord::vehicle_deleted(&before));
        let restored = vehicles.restore(by, id).await.expect("it is restored");
        expected.push(AuditRecord::vehicle_restored(&restored));
        vehicles.delete(by, id, None).await.expect("it is deleted");
        expected.push(AuditRecord::vehicle_deleted(&restored));
        check_done(registry, by, &expected).await;
    }
    check_done(registry, &by, &[]).await;
}

/// Checks that fields that did not change are omitted.
pub async fn an_entry_contains_old_and_new_values_of_changed_fields(registry: &dyn Registry) {
    let (vehicles, by) = (registry.vehicles(), an_actor());
    let vehicle = a_vehicle()
        .named("AMR 1")
        .without_model()
        .register(vehicles)
        .await;
    let changes = VehicleChanges {
        model: Some(Some(ModelName::new("M2").expect("a name"))),
        manufacturer: Some(Manufacturer::new("Other").expect("a name")),
        ..rename("AMR 2")
    };
    let changed = vehicles.update(&by, vehicle.id, None, changes).await;
    changed.expect("it is changed");
    let entries = done_by(registry, &by).await;
    let entry = entries.first().expect("an entry");
    assert_eq!(entry.action, AuditAction::UpdateVehicle);
    assert_eq!(entry.subject_id, Some(*vehicle.id.as_uuid()));
    assert_eq!(entry.organization_id, Some(OrganizationId::DEFAULT));
    let (before, after) = (entry.before.clone(), entry.after.clone());
    assert_eq!(
        before.map(Value::Object),
        Some(json!({"name": "AMR 1", "manufacturer": "Acme Robotics", "model": null}))
    );
    assert_eq!(
        after.map(Value::Object),
        Some(json!({"name": "AMR 2", "manufacturer": "Other", "model": "M2"}))
    );
}

pub async fn several_vehicles_are_audited_individually(registry: &dyn Registry) {
    let by = an_actor();
    let organization = an_organization(registry).await;
    let list = VehicleType::ALL
        .iter()
        .map(|kind| a_vehicle().with_details(full_details(*kind)).registration());
    let made = registry
        .vehicles()
        .create_all(&by, organization, list.collect(), Mode::Apply)
        .await;
    let made = made.expect("the registry answers").expect("they are registered");
    let expected: Vec<AuditRecord> = made.iter().map(AuditRecord::vehicle_created).collect();
    check_done(registry, &by, &expected).await;
}

pub async fn more_vehicles_than_one_statement_takes_are_audited(registry: &dyn Registry) {
    let by = an_actor();
    let list = (0..2_345).map(|_| a_vehicle().registration()).collect();
    let made = registry
        .vehicles()
        .create_all(&by, OrganizationId::DEFAULT, list, Mode::Apply)
        .await;
    let made = made.expect("the registry answers").expect("they are registered");
    let written = done_by(registry, &by).await;
    let subjects = written.iter().map(|entry| entry.subject_id);
    assert!(subjects.eq(made.iter().map(|vehicle| Some(*vehicle.id.as_uuid()))));
    assert!(written.is_sorted_by(|one, next| one.id < next.id && one.at <= next.at));
}

/// Checks that joining and leaving a group is audited as a change of the vehicle, including the departure when the
/// group is deleted.
pub async fn entering_and_leaving_a_group_is_audited(registry: &dyn Registry) {
    let (groups, by) = (registry.groups(), an_actor());
    let one = a_group(registry, OrganizationId::DEFAULT).await;
    let other = a_group(registry, OrganizationId::DEFAULT).await;
    let alone = a_vehicle().register(registry.vehicles()).await;
    let in_one = groups
        .add_vehicle(&by, one.id, alone.id)
        .await
        .expect("the vehicle is added");
    let in_both = groups
        .add_vehicle(&by, other.id, alone.id)
        .await
        .expect("the vehicle is added");
    let in_other = groups
        .remove_vehicle(&by, one.id, alone.id)
        .await
        .expect("the vehicle is removed");
    let in_none = groups.delete(&by, other.id).await.expect("it is deleted");
    let expected = [
        AuditRecord::vehicle_changed(&alone, &in_one),
        AuditRecord::vehicle_changed(&in_one, &in_both),
        AuditRecord::vehicle_changed(&in_both, &in_other),
        AuditRecord::vehicle_changed(&in_other, &in_none[0]),
        AuditRecord::group_deleted(&other),
    ];
    assert_eq!(expected[0].action, AuditAction::RegroupVehicle);
    check_done(registry, &by, &expected).await;
}
