//! The common part of all vehicles: tasks, a battery, a load, and occasional faults.

use std::time::Duration;

use domain::{
    telemetry::{ErrorCode, InvalidRuntimeState, Timestamp, VehicleRuntimeState},
    vehicle::VehicleStatus,
};
use rand::{Rng, rngs::SmallRng, seq::IndexedRandom};

use crate::{data_sheets::DataSheet, motion::Motion};

/// A vehicle without its motion.
#[derive(Debug)]
pub(crate) struct Machine {
    sheet: &'static DataSheet,
    /// Unhindered speed in m/s.
    cruise: f64,
    task: Task,
    fault: Option<Fault>,
    /// Weight of the load in kg.
    load: f64,
    /// Charge in %.
    charge: f64,
    /// Temperature in °C.
    temperature: f64,
    rng: SmallRng,
    reported: Option<Report>,
    /// Time since a report was last due at the regular interval.
    silent: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Task {
    Driving {
        to_charge: bool,
    },
    /// Picking up a load or handing it over, for `left` more seconds.
    Handling {
        left: f64,
    },
    /// Waiting for an order, for `left` more seconds.
    Waiting {
        left: f64,
    },
    Charging,
}

#[derive(Debug, Clone, Copy)]
struct Fault {
    code: &'static str,
    /// Seconds until the fault is repaired.
    left: f64,
}

/// Part of a state whose changes are reported immediately.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Report {
    status: VehicleStatus,
    fault: Option<&'static str>,
    load: f64,
}

/// Charge in % below which a vehicle drives to a charger next, or waits for one. It is enough for the longest route.
const LOW: f64 = 35.0;
/// Charge in % at which charging ends.
const FULL: f64 = 95.0;
/// Drain in % per second while driving without a load at cruising speed. It empties a full battery in a quarter of an
/// hour, so that batteries visibly drain and charge in a demo.
const DRAIN_DRIVING: f64 = 0.11;
/// Additional drain in % per second at all times.
const DRAIN_IDLE: f64 = 0.004;
/// Temperature of the halls in °C.
const AMBIENT: f64 = 23.0;
/// Time constant of temperatures in seconds.
const THERMAL_LAG: f64 = 60.0;
/// Faults per second of driving: one in half an hour.
const FAULT_RATE: f64 = 1.0 / 1_800.0;
/// Maximum time between two reports of a state.
const STATE_INTERVAL: Duration = Duration::from_secs(1);

impl Machine {
    /// Creates a vehicle that stands still and starts moving within seconds.
    pub(crate) fn new(sheet: &'static DataSheet, mut rng: SmallRng) -> Self {
        Self {
            sheet,
            cruise: sheet.max_speed * rng.random_range(0.75..0.95),
            task: Task::Waiting {
                left: rng.random_range(0.0..8.0),
            },
            fault: None,
            load: 0.0,
            charge: rng.random_range(25.0..FULL),
            temperature: AMBIENT + rng.random_range(0.0..10.0),
            reported: None,
            // A random phase spreads the states of a fleet over the interval.
            silent: STATE_INTERVAL.mul_f64(rng.random()),
            rng,
        }
    }

    /// Returns the vehicle's source of random numbers.
    pub(crate) fn dice(&mut self) -> &mut SmallRng {
        &mut self.rng
    }

    /// Advances the vehicle by `dt` seconds.
    pub(crate) fn tick(&mut self, motion: &mut impl Motion, dt: f64) {
        self.mend_or_fail(motion.speed() > 0.0, dt);
        match self.task {
            Task::Driving { .. } => {}
            Task::Handling { left } if left > dt => self.task = Task::Handling { left: left - dt },
            Task::Handling { .. } => {
                self.hand_over();
                self.set_out_or_wait(motion);
            }
            Task::Waiting { left } if left > dt => self.task = Task::Waiting { left: left - dt },
            Task::Waiting { .. } => self.set_out(motion),
            // A fault may arise at the end of the way to the charger.
            Task::Charging if self.fault.is_some() => {}
            Task::Charging if self.charge < FULL => self.charge += self.sheet.charging * dt,
            Task::Charging => self.set_out(motion),
        }
        if let Task::Driving { to_charge } = self.task {
            let wanted = if self.fault.is_none() { self.cruise } else { 0.0 };
            if motion.advance(self.sheet.drive, wanted, dt, &mut self.rng) {
                let handling = Task::Handling {
                    left: self.rng.random_range(self.sheet.handling.clone()),
                };
                self.task = if to_charge { Task::Charging } else { handling };
            }
        }
        self.drain_and_warm(motion.speed(), dt);
    }

    /// Returns the status at a speed in m/s: MOVING unless the speed is 0, even with a fault.
    pub(crate) fn status(&self, speed: f64) -> VehicleStatus {
        match self.task {
            _ if speed > 0.0 => VehicleStatus::Moving,
            _ if self.fault.is_some() => VehicleStatus::Error,
            Task::Driving { .. } => VehicleStatus::Stopped,
            Task::Handling { .. } | Task::Waiting { .. } => VehicleStatus::Idle,
            Task::Charging => VehicleStatus::Charging,
        }
    }

    /// Returns the state if it is due: immediately after a change of the status, load or faults, otherwise every
    /// second. `passed` is the time since the previous call.
    pub(crate) fn report(
        &mut self,
        speed: f64,
        passed: Duration,
        now: Timestamp,
    ) -> Option<VehicleRuntimeState> {
        self.silent += passed;
        let report = Report {
            status: self.status(speed),
            fault: self.fault.map(|fault| fault.code),
            load: self.load,
        };
        if self.reported == Some(report) && self.silent < STATE_INTERVAL {
            return None;
        }
        // Keep the remainder, so that the states of a fleet stay spread over the interval.
        if self.silent >= STATE_INTERVAL {
            self.silent = Duration::from_nanos((self.silent.as_nanos() % STATE_INTERVAL.as_nanos()) as u64);
        }
        self.reported = Some(report);
        Some(
            self.state(speed, now)
                .expect("speed, charge, load and temperature are kept in their ranges"),
        )
    }

    fn state(&self, speed: f64, now: Timestamp) -> Result<VehicleRuntimeState, InvalidRuntimeState> {
        let codes = self.fault.and_then(|fault| ErrorCode::new(fault.code).ok());
        let state = VehicleRuntimeState::new(speed, self.charge, now)?
            .with_current_load(Some(self.load))?
            .with_temperature(Some(self.temperature))?
            .with_error_codes(codes)
            .with_status(Some(self.status(speed)));
        Ok(state)
    }

    fn mend_or_fail(&mut self, is_moving: bool, dt: f64) {
        match &mut self.fault {
            Some(fault) => {
                fault.left -= dt;
                if fault.left <= 0.0 {
                    self.fault = None;
                }
            }
            None if is_moving && self.rng.random_bool((FAULT_RATE * dt).min(1.0)) => {
                let code = self.sheet.faults.choose(&mut self.rng).copied();
                self.fault = code.map(|code| Fault {
                    code,
                    left: self.rng.random_range(10.0..30.0),
                });
            }
            None => {}
        }
    }

    fn hand_over(&mut self) {
        self.load = if self.load > 0.0 {
            0.0
        } else {
            self.rng.random_range(self.sheet.load.clone()).round()
        };
    }

    fn set_out_or_wait(&mut self, motion: &mut impl Motion) {
        if self.rng.random_bool(0.2) {
            self.task = Task::Waiting {
                left: self.rng.random_range(5.0..20.0),
            };
        } else {
            self.set_out(motion);
        }
    }

    fn set_out(&mut self, motion: &mut impl Motion) {
        const ASK_AGAIN_AFTER: f64 = 5.0;
        let to_charge = self.charge < LOW;
        let found = motion.set_out(to_charge, &mut self.rng);
        self.task = if found {
            Task::Driving { to_charge }
        } else {
            Task::Waiting {
                left: ASK_AGAIN_AFTER,
            }
        };
    }

    fn drain_and_warm(&mut self, speed: f64, dt: f64) {
        let effort = speed / self.cruise * (1.0 + 0.4 * self.load / self.sheet.max_load);
        self.charge = (self.charge - (DRAIN_IDLE + DRAIN_DRIVING * effort) * dt).max(0.0);
        let charging = if matches!(self.task, Task::Charging) && self.fault.is_none() {
            7.0
        } else {
            0.0
        };
        let tends_to = AMBIENT + 16.0 * effort + charging;
        self.temperature += (tends_to - self.temperature) * (dt / THERMAL_LAG).min(1.0);
    }
}
