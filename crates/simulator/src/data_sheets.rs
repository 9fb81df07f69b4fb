//! The models of the simulated fleet. Manufacturers and models are invented.

use std::ops::Range;

use domain::vehicle::VehicleType;

use crate::pace::Drive;

/// Data sheet and behaviour of a model.
#[derive(Debug)]
pub(crate) struct DataSheet {
    pub kind: VehicleType,
    pub manufacturer: &'static str,
    pub model: &'static str,
    /// Maximum speed in m/s.
    pub max_speed: f64,
    /// Maximum load in kg.
    pub max_load: f64,
    /// Battery capacity in Wh.
    pub battery_capacity: f64,
    pub drive: Drive,
    /// Range of the weight of a load, in kg.
    pub load: Range<f64>,
    /// Range of the time for picking up or handing over a load, in seconds.
    pub handling: Range<f64>,
    /// Charging rate in % per second.
    pub charging: f64,
    /// Error codes of the model's faults.
    pub faults: &'static [&'static str],
}

/// Returns the model of the `number`th vehicle of a kind.
pub(crate) fn data_sheet(kind: VehicleType, number: usize) -> &'static DataSheet {
    let models = DATA_SHEETS.iter().filter(|sheet| sheet.kind == kind).count();
    let mut of_kind = DATA_SHEETS.iter().filter(|sheet| sheet.kind == kind);
    of_kind
        .nth(number % models.max(1))
        .expect("every kind has a model")
}

const FLOOR_DRIVE: Drive = Drive {
    acceleration: 0.7,
    braking: 0.8,
};
const RAIL_DRIVE: Drive = Drive {
    acceleration: 1.5,
    braking: 1.5,
};

static DATA_SHEETS: [DataSheet; 7] = [
    DataSheet {
        kind: VehicleType::Amr,
        manufacturer: "Northline",
        model: "Courier 100",
        max_speed: 1.6,
        max_load: 100.0,
        battery_capacity: 1_100.0,
        drive: FLOOR_DRIVE,
        load: 8.0..60.0,
        handling: 4.0..18.0,
        charging: 0.9,
        faults: &["LIDAR_COVERED", "LOCALIZATION_LOST", "BUMPER_PRESSED"],
    },
    DataSheet {
        kind: VehicleType::Amr,
        manufacturer: "Fernhold",
        model: "F3",
        max_speed: 1.9,
        max_load: 300.0,
        battery_capacity: 1_900.0,
        drive: FLOOR_DRIVE,
        load: 40.0..250.0,
        handling: 6.0..20.0,
        charging: 0.7,
        faults: &["PATH_BLOCKED", "WHEEL_SLIP"],
    },
    DataSheet {
        kind: VehicleType::Agv,
        manufacturer: "Evenkeel",
        model: "Tugger K2",
        max_speed: 1.4,
        max_load: 1_500.0,
        battery_capacity: 5_800.0,
        drive: Drive {
            acceleration: 0.5,
            braking: 0.6,
        },
        load: 300.0..1_200.0,
        handling: 6.0..14.0,
        charging: 2.5,
        faults: &["LINE_LOST", "PROTECTIVE_FIELD"],
    },
    DataSheet {
        kind: VehicleType::Oht,
        manufacturer: "Overspan",
        model: "S5",
        max_speed: 3.3,
        max_load: 15.0,
        battery_capacity: 180.0,
        drive: RAIL_DRIVE,
        load: 7.5..9.2,
        handling: 4.0..9.0,
        charging: 3.0,
        faults: &["HOIST_SWING", "GRIPPER_OPEN"],
    },
    DataSheet {
        kind: VehicleType::Oht,
        manufacturer: "Overspan",
        model: "S4",
        max_speed: 2.6,
        max_load: 12.0,
        battery_capacity: 150.0,
        drive: RAIL_DRIVE,
        load: 7.5..9.2,
        handling: 5.0..11.0,
        charging: 3.0,
        faults: &["HOIST_SWING", "RAIL_VIBRATION"],
    },
    DataSheet {
        kind: VehicleType::Forklift,
        manufacturer: "Tallgate",
        model: "Turret 16",
        max_speed: 2.2,
        max_load: 1_600.0,
        battery_capacity: 23_000.0,
        drive: FLOOR_DRIVE,
        load: 250.0..1_400.0,
        handling: 9.0..22.0,
        charging: 0.6,
        faults: &["PALLET_NOT_FOUND", "LOAD_OFF_CENTRE"],
    },
    DataSheet {
        kind: VehicleType::Forklift,
        manufacturer: "Tallgate",
        model: "Turret 12",
        max_speed: 2.0,
        max_load: 1_200.0,
        battery_capacity: 18_500.0,
        drive: FLOOR_DRIVE,
        load: 200.0..1_000.0,
        handling: 8.0..18.0,
        charging: 0.7,
        faults: &["PALLET_NOT_FOUND", "MAST_NOT_LOWERED"],
    },
];
