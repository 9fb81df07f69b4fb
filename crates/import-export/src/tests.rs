use std::collections::BTreeSet;

use application::{ports::Registration, vehicles::ImportedVehicle};
use domain::{
    GroupId, OrganizationId, VehicleId,
    vehicle::{
        ForkliftDetails, Manufacturer, ModelName, Vehicle, VehicleDetails, VehicleDraft, VehicleName,
        VehicleSpecification, VehicleStatus, VehicleType, Version,
    },
};
use proptest::prelude::*;
use rstest::rstest;
use test_builders::{bare_details, full_details};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Format, MAX_VEHICLES};

fn vehicle(number: u128, name: &str, details: VehicleDetails) -> Vehicle {
    let is_enabled = number.is_multiple_of(2);
    Vehicle {
        id: VehicleId::from_uuid(Uuid::from_u128(number)),
        organization_id: OrganizationId::DEFAULT,
        group_ids: BTreeSet::from([GroupId::from_uuid(Uuid::from_u128(9))]),
        name: VehicleName::new(name).expect("a name"),
        manufacturer: Manufacturer::new("=Acme, \"Süd\"").expect("a name"),
        model: is_enabled.then(|| ModelName::new("M1").expect("a name")),
        status: VehicleStatus::Charging,
        is_enabled,
        specification: VehicleSpecification::new(1.5, 0.0, 0.1 + 0.2).expect("a data sheet"),
        details,
        version: Version::from_i64(7),
        created_at: OffsetDateTime::UNIX_EPOCH,
        updated_at: OffsetDateTime::UNIX_EPOCH,
        deleted_at: None,
    }
}

/// Returns two vehicles of every type: one with all details, and one with the required ones only.
pub(crate) fn fleet() -> Vec<Vehicle> {
    let name = |number| format!("Nº {number}, \"süd\"; 🤖");
    let details = VehicleType::ALL
        .iter()
        .flat_map(|kind| [full_details(*kind), bare_details(*kind)]);
    let numbered = (1..).zip(details);
    numbered
        .map(|(number, details)| vehicle(number, &name(number), details))
        .collect()
}

pub(crate) fn registration_of(vehicle: &Vehicle) -> Registration {
    Registration {
        id: Some(vehicle.id),
        is_enabled: vehicle.is_enabled,
        draft: VehicleDraft {
            name: vehicle.name.clone(),
            manufacturer: vehicle.manufacturer.clone(),
            model: vehicle.model.clone(),
            specification: vehicle.specification,
            details: vehicle.details.clone(),
        },
    }
}

pub(crate) fn exported(format: Format, vehicles: &[Vehicle]) -> Vec<u8> {
    let mut file = format.header();
    for portion in vehicles.chunks(2) {
        file.extend(format.portion(portion));
    }
    file
}

/// Returns every vehicle of a file with its faults.
pub(crate) fn all_of(format: Format, file: &[u8]) -> Vec<ImportedVehicle> {
    let mut all = Vec::new();
    format.read_each(file, |vehicle| all.push(vehicle));
    all
}

fn check_round_trip(format: Format, vehicles: &[Vehicle]) {
    let file = exported(format, vehicles);
    let read: Vec<_> = all_of(format, &file)
        .into_iter()
        .map(|imported| imported.registration.expect("exported vehicles can be imported"))
        .collect();
    let expected: Vec<_> = vehicles.iter().map(registration_of).collect();
    assert_eq!(read, expected, "{}", String::from_utf8_lossy(&file));
}

fn check_faults(format: Format, file: &[u8], expected: &[&str]) {
    let mut found = Vec::new();
    for ImportedVehicle { line, registration } in all_of(format, file) {
        if let Err(faults) = registration {
            found.extend(
                faults
                    .iter()
                    .map(|fault| format!("{line}: {} {}", fault.field, fault.message)),
            );
        }
    }
    assert_eq!(found, expected);
}

#[rstest]
fn exported_vehicles_are_imported_unchanged(
    #[values(Format::Csv, Format::ExcelCsv, Format::JsonLines)] format: Format,
) {
    check_round_trip(format, &fleet());
}

#[rstest]
fn separators_are_recognised_by_the_header(#[values(",", ";", "\t")] separator: &str) {
    let file = "name,type,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity\r\n\
                \"Lift, 1; a\tb\",FORKLIFT,Acme,2,1500,x\r\n"
        .replace("a\tb", "a b");
    let (header, row) = file.split_once('\n').expect("two lines");
    let quoted = row.strip_prefix("\"Lift, 1; a b\"").expect("it begins so");
    let file = format!(
        "{}\n\"Lift, 1; a b\"{}",
        header.replace(',', separator),
        quoted.replace(',', separator)
    );
    check_faults(
        Format::Csv,
        file.as_bytes(),
        &["2: specification.batteryCapacity must be a number"],
    );
}

#[test]
fn empty_rows_are_skipped_but_counted_as_lines() {
    let file = ",,\n\nname,type,manufacturer\n,,\n , ,\n,,,,,\nT1,BOAT,Acme\n,,\n";
    let faults = all_of(Format::Csv, file.as_bytes());
    let lines: Vec<u64> = faults.iter().map(|vehicle| vehicle.line).collect();
    assert_eq!(lines, [7]);
}

#[test]
fn texts_of_an_excel_file_are_neutralised_and_restored() {
    let details = || VehicleDetails::Forklift(ForkliftDetails::default());
    for name in [
        "=1+1",
        "+1",
        "-1",
        "@a",
        "'=a",
        "'a",
        "plain",
        "a;=1+1",
        "a;'=1",
        "＝1+1",
        "a \"b\", c",
    ] {
        check_round_trip(Format::ExcelCsv, &[vehicle(1, name, details())]);
    }
    let file = exported(Format::ExcelCsv, &[vehicle(1, "=1+1", details())]);
    let text = String::from_utf8(file).expect("UTF-8");
    assert!(text.starts_with("\u{feff}id,type,name,"), "{text}");
    assert!(text.contains(",'=1+1,"), "{text}");
    for (name, cell) in [
        ("a;=1+1", ",\"a;'=1+1\","),
        ("＝1+1", ",'＝1+1,"),
        ("＋1", ",'＋1,"),
        ("－1", ",'－1,"),
        ("＠a", ",'＠a,"),
    ] {
        let file = exported(Format::ExcelCsv, &[vehicle(1, name, details())]);
        let text = String::from_utf8(file).expect("UTF-8");
        assert!(text.contains(cell), "{text}");
    }
    let file = exported(Format::Csv, &[vehicle(1, "=1+1", details())]);
    assert!(String::from_utf8(file).expect("UTF-8").contains(",=1+1,"));
}

#[test]
fn a_hundred_faults_are_reported_and_all_are_counted() {
    let rows = 5_000;
    let file = format!("name,type,manufacturer\n{}", "x,BOAT,\n".repeat(rows));
    let outcome = Format::Csv.read(file.as_bytes());
    let faults = outcome.faults();
    assert_eq!(faults.listed().len(), 100);
    assert!(faults.count() >= rows, "{}", faults.count());
    let long = format!("{}\n", "n".repeat(100_000));
    let faults = Format::Csv.read(long.as_bytes());
    assert!(faults.faults().listed()[0].field.chars().count() <= 101);
}

#[test]
fn a_csv_needs_only_the_columns_that_it_uses() {
    let file = "name,type,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity\r\n\
                Lift 1,FORKLIFT,Acme,2,1500,20000\r\n";
    check_faults(Format::Csv, file.as_bytes(), &[]);
    let tugger = file.replace("FORKLIFT", "AGV");
    check_faults(
        Format::Csv,
        tugger.as_bytes(),
        &["2: details.guideType must be given"],
    );
    let blank_lines = tugger.replace("Lift", "\r\n\r\nLift");
    check_faults(
        Format::Csv,
        blank_lines.as_bytes(),
        &["4: details.guideType must be given"],
    );
    let file = file
        .replace("batteryCapacity\r", "batteryCapacity,details.mastHeight\r")
        .replace("20000\r", "20000,\r");
    check_faults(Format::Csv, format!("\u{feff}{file}").as_bytes(), &[]);
}

#[test]
fn every_fault_of_a_csv_is_reported_with_its_line() {
    let file = concat!(
        "type,name,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity,",
        "details.guideType,details.lineFollowingConfig,details.lidarEnabled\n",
        "AGV,\"two\nlines\",Acme,1,1,1,LASER,,\n",
        "AGV,T1,Acme,fast,-1,,ROPE,{\"a\":,true\n",
        "AGV,T2,Acme\n",
        "AGV,T3,Acme,1,1,1,LASER,\"{\"\"a\"\": 1}\",\n",
        "BOAT,,Acme,1,1,1,LASER,,\n",
    );
    check_faults(
        Format::Csv,
        file.as_bytes(),
        &[
            "2: name must not contain control characters",
            "4: specification.maxSpeed must be a number",
            "4: details.lineFollowingConfig must be valid JSON: EOF while parsing a value at line 1 column 5",
            "4: specification.batteryCapacity must be given",
            "4: specification.maxLoad must be at least 0 kg",
            "4: details.guideType must be one of MAGNETIC, LASER, WIRE, VISION",
            "4: details.lidarEnabled is unknown",
            "5: row must have 9 cells, not 3",
            "7: name must be given",
            "7: type must be one of AMR, AGV, OHT, FORKLIFT",
        ],
    );
}

#[rstest]
#[case("", &["1: file must begin with a row of column names"])]
#[case("name,nom,name\n", &["1: nom is not a known column", "1: name must not be repeated"])]
fn a_header_must_have_known_columns_once_each(#[case] file: &str, #[case] expected: &[&str]) {
    check_faults(Format::Csv, file.as_bytes(), expected);
}

#[test]
fn a_cell_that_is_not_utf_8_is_reported() {
    let mut file = b"name,type\n".to_vec();
    file.extend(b"\xff,AMR\n");
    let faults = all_of(Format::Csv, &file);
    let found = faults[0]
        .registration
        .as_ref()
        .expect_err("it is wrong")
        .to_string();
    assert!(found.starts_with("name must be UTF-8; "), "{found}");
}

#[test]
fn every_fault_of_json_lines_is_reported_with_its_line() {
    let file = concat!(
        "\n",
        r#"{"name": "T1", "type": "FORKLIFT", "manufacturer": "Acme", "details": {}, "specification": {"maxSpeed": 1, "maxLoad": 1, "batteryCapacity": 1}}"#,
        "\r\n{\"name\": \n",
        r#"{"name": 1, "name": 2}"#,
        "\n[]",
    );
    check_faults(
        Format::JsonLines,
        file.as_bytes(),
        &[
            "3: line must be valid JSON: EOF while parsing a value at line 1 column 9",
            "4: name must not be repeated",
            "5: body must be a JSON object",
        ],
    );
}

#[test]
fn the_number_of_vehicles_is_limited() {
    let file = "x\n".repeat(MAX_VEHICLES + 2);
    let read = all_of(Format::JsonLines, file.as_bytes());
    assert_eq!(read.len(), MAX_VEHICLES + 1);
    let last = read.last().expect("many");
    assert_eq!(
        last.registration.as_ref().expect_err("too many").to_string(),
        "file must have at most 100000 vehicles"
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Format::Csv.read(&bytes);
        let _ = Format::JsonLines.read(&bytes);
    }

    #[test]
    fn arbitrary_text_below_a_valid_header_is_read_without_a_panic(text in "[a-z,\"\n\r{}:0-9. é]{0,200}") {
        let mut file = Format::Csv.header();
        file.extend(text.as_bytes());
        let _ = Format::Csv.read(&file);
        let _ = Format::JsonLines.read(text.as_bytes());
    }

    #[test]
    fn names_are_imported_unchanged(name in "[^\\p{Cc}\\s][^\\p{Cc}]{0,50}[^\\p{Cc}\\s]") {
        prop_assume!(VehicleName::new(&name).is_ok());
        let details = VehicleDetails::Forklift(ForkliftDetails::default());
        for format in [Format::Csv, Format::JsonLines] {
            check_round_trip(format, &[vehicle(1, &name, details.clone())]);
        }
    }
}
