//! The velocities with which a line from a row stays within a bound of all rows after it.

use super::{
    directions::{PLANAR, PLANAR_REACH, SPATIAL, SPATIAL_REACH},
    point::Point,
};

/// The velocities with which a line from the first point stays within a bound of all points that were added.
///
/// At the time of a point, the line must be within a sphere around the point, so its velocity must be within a sphere
/// around the velocity that leads to the point. The intersection of these spheres has no simple shape. The cone keeps
/// an interval for each of some directions instead, which describe a polyhedron inside of the intersection: it admits
/// no velocity that is outside of a sphere, and few velocities less.
#[derive(Debug, Clone)]
pub(super) struct Cone {
    start: Point,
    bound: f64,
    /// Rates of the heading, if headings are bounded.
    turns: Option<Turns>,
    velocities: Velocities,
}

#[derive(Debug, Clone)]
enum Velocities {
    /// Nothing has been added.
    Any,
    /// The first point that was added has the height of the start. Heights are expected to stay about the same.
    Level {
        plane: Intervals<{ PLANAR.len() }>,
        climb: Intervals<1>,
    },
    Spatial(Intervals<{ SPATIAL.len() }>),
}

#[derive(Debug, Clone)]
struct Turns {
    start: i64,
    bound: f64,
    rates: Intervals<1>,
}

/// Parts of the bound that are left to the plane and to heights of [`Velocities::Level`]: 0.96² + 0.28² = 1.
const LEVEL_PLANE: f64 = 0.96;
const LEVEL_CLIMB: f64 = 0.28;

/// An interval for each of some numbers.
#[derive(Debug, Clone, Copy)]
struct Intervals<const N: usize> {
    low: [f64; N],
    high: [f64; N],
}

impl<const N: usize> Intervals<N> {
    const ANY: Self = Self {
        low: [f64::NEG_INFINITY; N],
        high: [f64::INFINITY; N],
    };

    /// Returns `true` if all numbers are in their intervals, and limits these to `radius` around the numbers.
    fn offer(&mut self, numbers: [f64; N], radius: f64) -> bool {
        let mut are_within = true;
        for (index, number) in numbers.into_iter().enumerate() {
            let (low, high) = (&mut self.low[index], &mut self.high[index]);
            // Without branches, this is computed for several numbers at a time.
            are_within &= (*low <= number) & (number <= *high);
            *low = if *low > number - radius {
                *low
            } else {
                number - radius
            };
            *high = if *high < number + radius {
                *high
            } else {
                number + radius
            };
        }
        are_within
    }

    fn is_any_empty(&self) -> bool {
        self.low.iter().zip(&self.high).any(|(low, high)| low > high)
    }
}

impl Cone {
    /// Returns the cone of lines from `start` with a bound in millimetres. `angle` is the angle at `start` and the
    /// bound of angles, if they are bounded.
    pub(super) fn new(start: Point, bound: f64, angle: Option<(i64, f64)>) -> Self {
        Self {
            start,
            // Leaves room for the rounding of the computation.
            bound: bound * (1.0 - 1e-9),
            turns: angle.map(|(start, bound)| Turns {
                start,
                bound,
                rates: Intervals::ANY,
            }),
            velocities: Velocities::Any,
        }
    }

    /// Adds a point, which is later than those before and which later lines must pass within the bound. Returns `true`
    /// if the line to the point itself passes all others within the bound.
    pub(super) fn offer(&mut self, point: &Point, angle: i64) -> bool {
        let rate = 1.0 / point.at_ms.saturating_sub(self.start.at_ms).max(1) as f64;
        let start = &self.start.position;
        let velocity: [f64; 3] = std::array::from_fn(|axis| (point.position[axis] - start[axis]) * rate);
        let radius = self.bound * rate;
        let is_turn_admitted = self.turns.as_mut().is_none_or(|turns| {
            let turned = (angle - turns.start) as f64 * rate;
            turns.rates.offer([turned], turns.bound * rate)
        });
        if let Velocities::Any = self.velocities {
            self.velocities = if velocity[2] == 0.0 {
                Velocities::Level {
                    plane: Intervals::ANY,
                    climb: Intervals::ANY,
                }
            } else {
                Velocities::Spatial(Intervals::ANY)
            };
        }
        let is_move_admitted = match &mut self.velocities {
            Velocities::Any => true,
            Velocities::Level { plane, climb } => {
                let components = PLANAR.map(|d| d[0] * velocity[0] + d[1] * velocity[1]);
                plane.offer(components, radius * (LEVEL_PLANE * PLANAR_REACH))
                    & climb.offer([velocity[2]], radius * LEVEL_CLIMB)
            }
            Velocities::Spatial(intervals) => {
                let components =
                    SPATIAL.map(|d| d[0] * velocity[0] + d[1] * velocity[1] + d[2] * velocity[2]);
                intervals.offer(components, radius * SPATIAL_REACH)
            }
        };
        is_turn_admitted & is_move_admitted
    }

    /// Returns `true` if no velocity is admitted any more. `false` does not mean that one is.
    pub(super) fn is_empty(&self) -> bool {
        let are_turns_empty = self
            .turns
            .as_ref()
            .is_some_and(|turns| turns.rates.is_any_empty());
        are_turns_empty
            || match &self.velocities {
                Velocities::Any => false,
                Velocities::Level { plane, climb } => climb.is_any_empty() || plane.is_any_empty(),
                Velocities::Spatial(intervals) => intervals.is_any_empty(),
            }
    }
}
