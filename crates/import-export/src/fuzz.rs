//! Fuzz tests of import files.

use std::collections::BTreeSet;

use application::vehicles::ImportedVehicle;
use domain::{
    OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleStatus, Version},
};
use fuzzing::{Seeds, any_json_text, fuzz, mutated};
use proptest::{collection::vec, prelude::*};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Format, columns::COLUMNS, tests};

/// Returns files that are valid or nearly valid.
fn seeds(format: Format) -> Seeds {
    let vehicles = tests::fleet();
    let exported = tests::exported(format, &vehicles);
    let files: &[&[u8]] = match format {
        Format::Csv | Format::ExcelCsv => &[
            b"name,type,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity,details.mastHeight\r\nLift 1,FORKLIFT,Acme,2,1500,20000,\r\nLift 2,FORKLIFT,Acme,2.5,0,1e3,2.1\r\n",
            b"type,name,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity,details.guideType,details.lineFollowingConfig\nAGV,\"two \"\"words\"\"\",Acme,1,1,1,LASER,\"{\"\"a\"\": [1, null]}\"\n",
            b"\xef\xbb\xbfname,type\nx,AMR\n",
        ],
        Format::JsonLines => &[
            br#"{"name": "T1", "type": "FORKLIFT", "manufacturer": "Acme", "details": {}, "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1}}
{"name": "T2", "type": "OHT", "manufacturer": "Acme", "details": {"railId": "r", "railPosition": 1, "railSegments": [{"segmentId": "s", "start": 0, "end": 2}]}, "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1}}
"#,
            b"\r\n\n{\"name\": 1}\n[]\n",
        ],
    };
    let own = files.iter().map(|file| file.to_vec());
    Seeds::of(own.chain([exported])).with_words(COLUMNS.iter().map(|column| column.path.as_str()))
}

/// Reads a file, and checks that exporting and importing the accepted vehicles does not change them.
fn check(format: Format, file: &[u8]) {
    let read = tests::all_of(format, file);
    let lines = file.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    let mut last = 0;
    let mut good = Vec::new();
    for ImportedVehicle { line, registration } in read {
        assert!(
            last <= line && (1..=lines).contains(&line),
            "line {line} after {last} of {lines}"
        );
        last = line;
        match registration {
            Ok(registration) => good.push(registration),
            Err(faults) => assert!(!faults.is_empty()),
        }
    }
    let vehicles: Vec<Vehicle> = (1..)
        .zip(&good)
        .map(|(number, registration)| vehicle(number, registration))
        .collect();
    let again = tests::all_of(format, &tests::exported(format, &vehicles));
    let again: Vec<_> = again.into_iter().map(|imported| imported.registration).collect();
    let expected: Vec<_> = vehicles
        .iter()
        .map(|vehicle| Ok(tests::registration_of(vehicle)))
        .collect();
    assert_eq!(again, expected);
}

/// Returns the vehicle that a registration creates.
fn vehicle(number: u128, registration: &application::ports::Registration) -> Vehicle {
    let draft = registration.draft.clone();
    Vehicle {
        id: registration
            .id
            .unwrap_or(VehicleId::from_uuid(Uuid::from_u128(number))),
        organization_id: OrganizationId::DEFAULT,
        group_ids: BTreeSet::new(),
        name: draft.name,
        manufacturer: draft.manufacturer,
        model: draft.model,
        status: VehicleStatus::Idle,
        is_enabled: registration.is_enabled,
        specification: draft.specification,
        details: draft.details,
        version: Version::FIRST,
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        deleted_at: None,
    }
}

#[test]
fn fuzz_csv_is_read_or_rejected() {
    fuzz("CSV", mutated(seeds(Format::Csv)), |file| {
        check(Format::Csv, &file)
    });
}

#[test]
fn fuzz_json_lines_are_read_or_rejected() {
    fuzz("JSON lines", mutated(seeds(Format::JsonLines)), |file| {
        check(Format::JsonLines, &file)
    });
}

#[test]
fn fuzz_any_json_lines_are_read_or_rejected() {
    const NAMES: &[&str] = &[
        "id",
        "type",
        "name",
        "manufacturer",
        "model",
        "isEnabled",
        "specification",
        "maxSpeed",
        "details",
        "FORKLIFT",
        "lidarEnabled",
        "railSegments",
        "mastHeight",
        "lineFollowingConfig",
        "version",
        "groupIds",
        "AGV",
        "guideType",
    ];
    fuzz("any JSON lines", vec(any_json_text(NAMES), 0..4), |lines| {
        check(Format::JsonLines, lines.join("\n").as_bytes());
    });
}

#[test]
fn fuzz_any_bytes_are_read_or_rejected() {
    fuzz("files", vec(any::<u8>(), 0..400), |file| {
        check(Format::Csv, &file);
        check(Format::JsonLines, &file);
        let below_a_header = [Format::Csv.header(), file].concat();
        check(Format::Csv, &below_a_header);
    });
}
