//! A hall with its vehicles.

use std::{ops::Range, time::Duration};

use domain::{
    telemetry::{MapId, Timestamp, VehicleRuntimeState},
    vehicle::{VehicleDraft, VehicleType},
};
use rand::{SeedableRng, rngs::SmallRng};

use crate::{
    crews::{FloorCrew, LineCrew},
    data_sheets::data_sheet,
    drafts::{Post, draft},
    layout::Layout,
    machine::Machine,
    pose::Pose,
};

#[derive(Debug)]
pub(crate) struct Hall {
    pub map: MapId,
    /// Crews of the guide lines, followed by those of the rails.
    pub lines: Vec<LineCrew>,
    /// Crews of production and the warehouse, in this order.
    pub floors: Vec<FloorCrew>,
    /// Crew of each vehicle, by its index in the hall.
    pub seats: Vec<Seat>,
}

/// Assignment of a vehicle to a crew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seat {
    pub kind: VehicleType,
    /// Number among the vehicles of this kind in all halls, counted from 1.
    pub number: usize,
    pub crew: Crew,
    /// Index in the crew.
    pub member: usize,
}

/// Index of a crew among those of its hall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crew {
    Line(usize),
    Floor(usize),
}

/// Kinds of twenty consecutive vehicles. The first four cover all kinds.
const MIX: [VehicleType; 20] = {
    use VehicleType::{Agv as G, Amr as A, Forklift as F, Oht as O};
    [A, G, O, F, A, G, A, O, A, G, A, A, O, G, A, F, A, O, G, A]
};

impl Hall {
    /// Number of vehicles that fit into a hall.
    pub(crate) const VEHICLES: usize = 5 * MIX.len();

    /// Creates the `number`th hall, counted from 0, with these vehicles of the fleet.
    pub(crate) fn new(number: usize, layout: &Layout, vehicles: Range<usize>, seed: u64) -> Self {
        let mut hall = Self {
            map: MapId::new(&format!("hall-{}", number + 1)).expect("a name with a number is valid"),
            lines: layout
                .guide_lines
                .iter()
                .chain(&layout.rails)
                .cloned()
                .map(LineCrew::new)
                .collect(),
            floors: [&layout.production, &layout.warehouse]
                .into_iter()
                .cloned()
                .map(FloorCrew::new)
                .collect(),
            seats: Vec::with_capacity(vehicles.len()),
        };
        for vehicle in vehicles {
            let (kind, number) = kind_and_number(vehicle);
            // The multiplication spreads consecutive indices over all bits, so that no two vehicles behave alike.
            let rng =
                SmallRng::seed_from_u64(seed ^ (vehicle as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let machine = Machine::new(data_sheet(kind, number), rng);
            let crew = crew_of(kind, number, layout);
            let member = match crew {
                Crew::Line(line) => hall.lines[line].add(machine),
                Crew::Floor(floor) => hall.floors[floor].add(machine),
            };
            hall.seats.push(Seat {
                kind,
                number,
                crew,
                member,
            });
        }
        hall.lines.iter_mut().for_each(LineCrew::spread_out);
        hall
    }

    /// Returns a draft of each vehicle.
    pub(crate) fn drafts(&self) -> impl Iterator<Item = VehicleDraft> + '_ {
        self.seats.iter().map(|seat| {
            let sheet = data_sheet(seat.kind, seat.number);
            let line = match seat.crew {
                Crew::Line(line) => Some(self.lines[line].post_of(seat.member)),
                Crew::Floor(_) => None,
            };
            draft(
                sheet,
                seat.number,
                &Post {
                    hall: &self.map,
                    line,
                },
            )
        })
    }

    /// Advances one vehicle by `dt` seconds.
    pub(crate) fn tick(&mut self, seat: usize, dt: f64) {
        let Seat { crew, member, .. } = self.seats[seat];
        match crew {
            Crew::Line(line) => self.lines[line].tick(member, dt),
            Crew::Floor(floor) => self.floors[floor].tick(member, dt),
        }
    }

    /// Returns the pose of a vehicle, and its height in metres.
    pub(crate) fn place_of(&self, seat: usize) -> (Pose, f64) {
        let Seat { crew, member, .. } = self.seats[seat];
        match crew {
            Crew::Line(line) => self.lines[line].place_of(member),
            Crew::Floor(floor) => (self.floors[floor].pose_of(member), 0.0),
        }
    }

    /// Returns a vehicle's state if it is due; `passed` is the time since the previous call. See [`Machine::report`].
    pub(crate) fn report(
        &mut self,
        seat: usize,
        passed: Duration,
        now: Timestamp,
    ) -> Option<VehicleRuntimeState> {
        let Seat { crew, member, .. } = self.seats[seat];
        match crew {
            Crew::Line(line) => self.lines[line].report(member, passed, now),
            Crew::Floor(floor) => self.floors[floor].report(member, passed, now),
        }
    }
}

fn kind_and_number(vehicle: usize) -> (VehicleType, usize) {
    let (round, place) = (vehicle / MIX.len(), vehicle % MIX.len());
    let among = |kinds: &[VehicleType]| kinds.iter().filter(|&&kind| kind == MIX[place]).count();
    (MIX[place], round * among(&MIX) + among(&MIX[..=place]))
}

fn crew_of(kind: VehicleType, number: usize, layout: &Layout) -> Crew {
    match kind {
        VehicleType::Agv => Crew::Line(number % layout.guide_lines.len()),
        VehicleType::Oht => Crew::Line(layout.guide_lines.len() + number % layout.rails.len()),
        VehicleType::Forklift => Crew::Floor(1),
        _ => Crew::Floor(0),
    }
}
