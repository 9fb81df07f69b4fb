//! The layout of a hall of 120 m × 80 m: a warehouse in the west, production under two bays of rails in the middle, and
//! guide lines in the south and in the east.
//!
//! ```text
//! 80 ┌──────────┬───────────────────────────────┬──────┐
//!    │ ▒▒ ▒▒ ▒▒ │ ▒▒▒▒▒▒  ▒▒▒▒▒▒  ▒▒▒▒▒▒  ▒▒▒▒▒ │ ┌──┐ │
//!    │ ▒▒ ▒▒ ▒▒ │ ═══════════ rail 2 ══════════ │ │l │ │
//!    │          │ ▒▒▒▒▒▒  ▒▒▒▒▒▒  ▒▒▒▒▒▒  ▒▒▒▒▒ │ │i │ │
//!    │ ▒▒ ▒▒ ▒▒ │ ═══════════ rail 1 ══════════ │ │n │ │
//!    │ ▒▒ ▒▒ ▒▒ │ ▒▒▒▒▒▒  ▒▒▒▒▒▒  ▒▒▒▒▒▒  ▒▒▒▒▒ │ │e3│ │
//!    │ ▒▒ ▒▒ ▒▒ ├───────────────────────────────┤ └──┘ │
//!    │  docks   │  (── line 1 ──)  (── line 2 ──)      │
//!  0 └──────────┴──────────────────────────────────────┘
//!    0         37                                     120
//! ```

use std::sync::Arc;

use crate::{
    aisles::{Aisles, Direction, Leg},
    pose::Pose,
    track::Track,
};

/// Width of a hall from west to east, in metres.
pub(crate) const HALL_WIDTH: f64 = 120.0;
/// Depth of a hall from south to north, in metres.
pub(crate) const HALL_DEPTH: f64 = 80.0;

/// Fixed installations of a hall.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Guide lines of AGVs.
    pub guide_lines: Vec<Arc<Line>>,
    /// Rails of OHTs, one in each bay.
    pub rails: Vec<Arc<Line>>,
    /// Floor on which the AMRs drive.
    pub production: Arc<Floor>,
    /// Floor on which the forklifts drive.
    pub warehouse: Arc<Floor>,
}

/// Guide line or rail, with its stops.
#[derive(Debug)]
pub(crate) struct Line {
    /// Name, unique in the hall.
    pub name: &'static str,
    pub track: Track,
    /// Height above the floor in metres.
    pub height: f64,
    /// Minimum distance between the middles of two vehicles, in metres.
    pub spacing: f64,
    /// Stops, in the order in which vehicles reach them.
    pub stops: Vec<LineStop>,
}

/// Place on a line where vehicles stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineStop {
    /// Metres from the line's origin.
    pub at: f64,
    pub has_charger: bool,
}

/// Aisles, and the berths at their sides.
#[derive(Debug)]
pub(crate) struct Floor {
    pub aisles: Aisles,
    pub berths: Vec<Berth>,
}

/// Parking space on the right side of an aisle, where a vehicle does not obstruct others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Berth {
    pub leg: Leg,
    /// Metres from the start of the leg.
    pub along: f64,
    pub purpose: Purpose,
}

/// Purpose of a berth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Picking up loads and handing them over.
    Work,
    /// Handing loads over to trucks.
    Dock,
    Charge,
}

impl Layout {
    pub(crate) fn new() -> Self {
        let rectangle =
            |west, south, east, north| [(west, south), (east, south), (east, north), (west, north)];
        Self {
            guide_lines: vec![
                Line::new("line 1", &rectangle(42.0, 4.0, 78.0, 17.0), 3.0, 0.0, 2.4),
                Line::new(
                    "line 2",
                    &[
                        (82.0, 4.0),
                        (117.0, 4.0),
                        (117.0, 11.0),
                        (106.0, 18.0),
                        (82.0, 18.0),
                    ],
                    2.5,
                    0.0,
                    2.4,
                ),
                Line::new("line 3", &rectangle(112.5, 24.0, 117.5, 76.0), 2.0, 0.0, 2.4),
            ],
            rails: vec![
                Line::new("rail 1", &rectangle(44.0, 28.0, 105.0, 42.0), 1.0, 3.6, 1.8),
                Line::new("rail 2", &rectangle(44.0, 56.0, 105.0, 72.0), 1.0, 4.4, 1.8),
            ],
            production: Floor::new(
                Aisles::new(&[44.0, 58.0, 71.0, 88.0, 105.0], &[25.0, 37.0, 51.0, 63.0, 75.0]),
                |wall| {
                    if wall.is_some() {
                        Purpose::Charge
                    } else {
                        Purpose::Work
                    }
                },
            ),
            warehouse: Floor::new(
                Aisles::new(&[5.0, 14.0, 23.0, 32.0], &[5.0, 40.0, 75.0]),
                |wall| match wall {
                    Some(Direction::South) => Purpose::Dock,
                    Some(_) => Purpose::Charge,
                    None => Purpose::Work,
                },
            ),
        }
    }
}

impl Line {
    fn new(name: &'static str, corners: &[(f64, f64)], radius: f64, height: f64, spacing: f64) -> Arc<Self> {
        const BETWEEN_STOPS: f64 = 8.0;
        let track = Track::rounded(corners, radius);
        let mut stops = Vec::new();
        for (start, end) in track.straights() {
            let mut at = start + 2.0;
            while at < end - 1.0 {
                stops.push(LineStop {
                    at,
                    has_charger: stops.len() % 4 == 3,
                });
                at += BETWEEN_STOPS;
            }
        }
        Arc::new(Self {
            name,
            track,
            height,
            spacing,
            stops,
        })
    }
}

impl Floor {
    /// Distance between the middle of the aisle and the middle of a parked vehicle, in metres.
    pub(crate) const BERTH_ASIDE: f64 = 1.8;

    /// Creates a floor with berths on every leg. `purpose` is called with the wall on the right of the leg, if there is
    /// one.
    fn new(aisles: Aisles, purpose: impl Fn(Option<Direction>) -> Purpose) -> Arc<Self> {
        const SPACING: f64 = 6.0;
        const OFF_CROSSINGS: f64 = 4.5;
        let mut berths = Vec::new();
        for leg in aisles.legs() {
            let purpose = purpose(aisles.wall_beside(leg));
            let mut along = OFF_CROSSINGS;
            while along <= aisles.length(leg) - OFF_CROSSINGS + 1.0 {
                berths.push(Berth { leg, along, purpose });
                along += SPACING;
            }
        }
        Arc::new(Self { aisles, berths })
    }

    /// Returns the pose of a vehicle in a berth.
    pub(crate) fn berth_pose(&self, berth: Berth) -> Pose {
        self.aisles
            .start(berth.leg)
            .beside(berth.along, Self::BERTH_ASIDE)
    }
}
