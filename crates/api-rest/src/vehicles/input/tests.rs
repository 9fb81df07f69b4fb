use rstest::rstest;
use serde_json::json;

use super::*;

fn agv() -> Value {
    json!({
        "name": "Tugger 1", "type": "AGV", "manufacturer": "Acme", "model": null,
        "specification": {"maxSpeed": 1.5, "maxLoad": 0, "batteryCapacity": 960},
        "details": {"guideType": "LASER", "lineFollowingConfig": {"gain": 0.5}},
    })
}

fn texts(faults: &Violations) -> Vec<String> {
    let text = |fault: &domain::Violation| format!("{} {}", fault.field, fault.message);
    faults.iter().map(text).collect()
}

#[test]
fn a_new_vehicle_is_read() {
    let NewVehicle { organization, draft } = new_vehicle(agv());
    assert_eq!(organization, None);
    let draft = draft.expect("nothing is wrong");
    assert_eq!(
        (draft.name.as_str(), draft.details.kind(), draft.model),
        ("Tugger 1", VehicleType::Agv, None)
    );
}

#[test]
fn details_are_optional_if_all_their_fields_are() {
    let mut document = json!({
        "name": "Lift 1", "type": "FORKLIFT", "manufacturer": "Acme",
        "specification": {"maxSpeed": 3, "maxLoad": 1200, "batteryCapacity": 18000},
    });
    let draft = new_vehicle(document.clone()).draft.expect("a forklift");
    assert_eq!(draft.details.kind(), VehicleType::Forklift);

    document["type"] = "AGV".into();
    let faults = new_vehicle(document).draft.expect_err("it has no guide type");
    assert_eq!(texts(&faults), ["details.guideType must be given"]);
}

#[test]
fn violations_of_syntax_and_of_domain_rules_are_reported_together() {
    let document = json!({
        "name": "", "type": "AGV", "manufacturer": 7, "modell": "M",
        "specification": {"maxSpeed": -1, "maxLoad": "x"},
        "details": {"guideType": "ROPE", "maxLoadWeight": -5, "lidarEnabled": true},
        "organizationId": "7", "id": "x", "isEnabled": true,
    });
    let faults = new_vehicle(document).draft.expect_err("much is wrong");
    assert_eq!(
        texts(&faults),
        [
            "organizationId must be a UUID such as 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70",
            "id is assigned by the server",
            "isEnabled cannot be set on creation: use POST /api/vehicles/{id}/enable or \
             /api/vehicles/{id}/disable afterwards",
            "name must not be empty",
            "manufacturer must be a string",
            "specification.maxLoad must be a number",
            "specification.batteryCapacity must be given",
            "specification.maxSpeed must be greater than 0 m/s",
            "details.guideType must be one of MAGNETIC, LASER, WIRE, VISION",
            "details.maxLoadWeight must be at least 0 kg",
            "details.lidarEnabled is unknown",
            "modell is unknown",
        ]
    );
}

#[test]
fn a_rail_is_checked_as_a_whole() {
    let oht = |details| {
        let mut document = agv();
        document["type"] = "OHT".into();
        document["details"] = details;
        new_vehicle(document).draft
    };
    let good = json!({"railId": "bay 1", "railPosition": 5, "hoistStatus": "UP",
                      "railSegments": [{"segmentId": "a", "start": 0, "end": 10}]});
    assert!(oht(good).is_ok());
    let off_the_rail =
        json!({"railPosition": 50, "railSegments": [{"segmentId": "a", "start": 0, "end": 10}]});
    assert_eq!(
        texts(&oht(off_the_rail).expect_err("two faults")),
        [
            "details.railId must be given",
            "details.railPosition must lie in one of railSegments"
        ]
    );
    let broken = json!({"railId": "bay 1", "railPosition": 50,
                        "railSegments": [{"segmentId": "a", "start": 0}, 7, {"segmentId": "", "start": 0, "end": 1}]});
    assert_eq!(
        texts(&oht(broken).expect_err("two faults")),
        [
            "details.railSegments[0].end must be given",
            "details.railSegments[1] must be a JSON object"
        ]
    );
}

#[rstest]
#[case(json!({}), &["name", "type", "manufacturer", "specification"])]
#[case(json!([]), &["body"])]
#[case(json!({"type": "BOAT"}), &["name", "type", "manufacturer", "specification"])]
fn missing_fields_are_named(#[case] document: Value, #[case] expected: &[&str]) {
    let faults = new_vehicle(document).draft.expect_err("much is missing");
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, expected);
}

#[test]
fn a_change_has_the_given_fields_and_null_clears_them() {
    let document = json!({"model": null, "specification": {"maxLoad": 7}, "details": {"loadType": null, "maxLoadWeight": 3}});
    let changes = vehicle_changes(document, VehicleType::Agv).expect("nothing is wrong");
    let expected = VehicleChanges {
        model: Some(None),
        specification: SpecificationChanges {
            max_load: Some(7.0),
            ..SpecificationChanges::default()
        },
        details: Some(domain::vehicle::DetailsChanges::Agv(
            domain::vehicle::AgvChanges {
                load_type: Some(None),
                max_load_weight: Some(Some(3.0)),
                ..Default::default()
            },
        )),
        ..VehicleChanges::default()
    };
    assert_eq!(changes, expected);
    assert_eq!(
        vehicle_changes(json!({}), VehicleType::Agv),
        Ok(VehicleChanges::default())
    );
}

#[test]
fn fields_that_cannot_be_changed_are_rejected_with_the_reason() {
    let document = json!({
        "type": "AMR", "status": "IDLE", "version": 3, "name": null,
        "specification": {"maxSpeed": null}, "details": {"guideType": null, "mapId": "m"},
    });
    let faults = vehicle_changes(document, VehicleType::Agv).expect_err("much is wrong");
    assert_eq!(
        texts(&faults),
        [
            "type cannot be changed",
            "version cannot be changed",
            "status cannot be changed here: use PATCH /api/vehicles/{id}/status",
            "name must not be null",
            "specification.maxSpeed must not be null",
            "details.guideType must not be null",
            "details.mapId is unknown",
        ]
    );
}

#[test]
fn rail_segments_can_be_cleared() {
    let changes = vehicle_changes(json!({"details": {"railSegments": null}}), VehicleType::Oht);
    let Ok(VehicleChanges {
        details: Some(domain::vehicle::DetailsChanges::Oht(oht)),
        ..
    }) = changes
    else {
        panic!("{changes:?}");
    };
    assert_eq!(oht.rail_segments, Some(Vec::new()));
    assert_eq!(oht.rail_id, None);
}

/// Changed figures are later checked together with the unchanged ones. A figure that is invalid for every vehicle is
/// reported at once, with the other violations.
#[test]
fn invalid_figures_of_a_change_are_reported_with_the_other_violations() {
    let document = json!({
        "manufacturer": "", "specification": {"maxSpeed": 0}, "details": {"maxLoadWeight": -1}, "colour": "red",
    });
    let faults = vehicle_changes(document, VehicleType::Agv).expect_err("four faults");
    let mut fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "colour",
            "details.maxLoadWeight",
            "manufacturer",
            "specification.maxSpeed"
        ]
    );
}
