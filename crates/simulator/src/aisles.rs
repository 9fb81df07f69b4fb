//! Aisles between blocks of racks and machines: the floor on which vehicles choose their own path.

use std::{
    collections::VecDeque,
    f64::consts::{FRAC_PI_2, PI},
};

use crate::pose::Pose;

/// Aisles from south to north at each of `xs`, and from west to east at each of `ys`, in metres. The space between them
/// is blocked by racks, machines and walls.
#[derive(Debug)]
pub(crate) struct Aisles {
    xs: &'static [f64],
    ys: &'static [f64],
}

/// Direction of travel along an aisle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    East,
    North,
    West,
    South,
}

impl Direction {
    pub(crate) const ALL: [Self; 4] = [Self::East, Self::North, Self::West, Self::South];

    /// Returns the heading in radians, counter-clockwise from the x axis.
    pub(crate) const fn heading(self) -> f64 {
        match self {
            Self::East => 0.0,
            Self::North => FRAC_PI_2,
            Self::West => PI,
            Self::South => -FRAC_PI_2,
        }
    }

    const fn opposite(self) -> Self {
        match self {
            Self::East => Self::West,
            Self::North => Self::South,
            Self::West => Self::East,
            Self::South => Self::North,
        }
    }
}

/// Stretch of an aisle from one crossing to the next, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leg {
    /// Index in `xs` of the crossing where the leg starts.
    pub column: usize,
    /// Index in `ys` of that crossing.
    pub row: usize,
    pub direction: Direction,
}

impl Aisles {
    pub(crate) const fn new(xs: &'static [f64], ys: &'static [f64]) -> Self {
        Self { xs, ys }
    }

    pub(crate) fn legs(&self) -> impl Iterator<Item = Leg> + '_ {
        (0..self.xs.len() * self.ys.len() * 4)
            .map(|number| self.leg(number))
            .filter(|leg| self.end(*leg).is_some())
    }

    /// Returns the southern or northern wall if one of them is on the right of a leg.
    pub(crate) fn wall_beside(&self, leg: Leg) -> Option<Direction> {
        match leg.direction {
            Direction::East if leg.row == 0 => Some(Direction::South),
            Direction::West if leg.row + 1 == self.ys.len() => Some(Direction::North),
            _ => None,
        }
    }

    /// Returns the middle of the crossing where a leg starts, with the heading of the leg.
    pub(crate) fn start(&self, leg: Leg) -> Pose {
        Pose {
            x: self.xs[leg.column],
            y: self.ys[leg.row],
            heading: leg.direction.heading(),
        }
    }

    /// Returns the distance between the crossings of a leg in metres.
    pub(crate) fn length(&self, leg: Leg) -> f64 {
        let start = self.start(leg);
        self.end(leg).map_or(0.0, |(column, row)| {
            (self.xs[column] - start.x).hypot(self.ys[row] - start.y)
        })
    }

    /// Returns the legs after `from`, up to and including `to`, on a route with the fewest crossings that never turns
    /// back in an aisle. A route to `from` itself leads around a block.
    pub(crate) fn route(&self, from: Leg, to: Leg) -> VecDeque<Leg> {
        let mut reached_from: Vec<Option<usize>> = vec![None; self.xs.len() * self.ys.len() * 4];
        let mut frontier = VecDeque::from([from]);
        while let Some(leg) = frontier.pop_front() {
            for next in self.onward(leg) {
                let number = self.number(next);
                if reached_from[number].is_none() {
                    reached_from[number] = Some(self.number(leg));
                    frontier.push_back(next);
                }
            }
            if reached_from[self.number(to)].is_some() {
                break;
            }
        }
        let mut route = VecDeque::from([to]);
        let mut at = self.number(to);
        while let Some(before) = reached_from[at]
            && before != self.number(from)
        {
            route.push_front(self.leg(before));
            at = before;
        }
        route
    }

    fn onward(&self, leg: Leg) -> impl Iterator<Item = Leg> + '_ {
        let directions = Direction::ALL
            .into_iter()
            .filter(move |&next| next != leg.direction.opposite());
        let crossing = self.end(leg);
        directions
            .filter_map(move |direction| {
                crossing.map(|(column, row)| Leg {
                    column,
                    row,
                    direction,
                })
            })
            .filter(|leg| self.end(*leg).is_some())
    }

    fn end(&self, leg: Leg) -> Option<(usize, usize)> {
        let Leg {
            column,
            row,
            direction,
        } = leg;
        match direction {
            Direction::East => (column + 1 < self.xs.len()).then_some((column + 1, row)),
            Direction::North => (row + 1 < self.ys.len()).then_some((column, row + 1)),
            Direction::West => column.checked_sub(1).map(|column| (column, row)),
            Direction::South => row.checked_sub(1).map(|row| (column, row)),
        }
    }

    fn number(&self, leg: Leg) -> usize {
        (leg.row * self.xs.len() + leg.column) * 4 + leg.direction as usize
    }

    fn leg(&self, number: usize) -> Leg {
        let (crossing, direction) = (number / 4, Direction::ALL[number % 4]);
        Leg {
            column: crossing % self.xs.len(),
            row: crossing / self.xs.len(),
            direction,
        }
    }

    /// Returns `true` if a round body of `radius` metres at this pose touches no block. The aisles are 5.6 m wide.
    #[cfg(test)]
    pub(crate) fn have_room_for(&self, pose: Pose, radius: f64) -> bool {
        let half = 2.8 - radius;
        let within = |value: f64, lines: &[f64]| {
            value >= lines[0] - half && lines.last().is_some_and(|last| value <= last + half)
        };
        let on = |value: f64, lines: &[f64]| lines.iter().any(|line| (value - line).abs() <= half);
        (on(pose.x, self.xs) && within(pose.y, self.ys)) || (on(pose.y, self.ys) && within(pose.x, self.xs))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;

    const AISLES: Aisles = Aisles::new(&[0.0, 10.0, 30.0], &[0.0, 5.0, 20.0, 30.0]);

    #[test]
    fn every_pair_of_neighbouring_crossings_has_a_leg_in_each_direction() {
        assert_eq!(AISLES.legs().count(), 2 * (2 * 4 + 3 * 3));
    }

    proptest! {
        #[test]
        fn a_route_is_connected_and_never_turns_back(from: Index, to: Index) {
            let legs: Vec<Leg> = AISLES.legs().collect();
            let (from, to) = (*from.get(&legs), *to.get(&legs));
            let route = AISLES.route(from, to);
            let mut before = from;
            for &leg in &route {
                prop_assert_eq!(AISLES.end(before), Some((leg.column, leg.row)));
                prop_assert_ne!(leg.direction, before.direction.opposite());
                before = leg;
            }
            prop_assert_eq!(before, to);
            prop_assert!(route.len() <= 12, "{} legs", route.len());
        }
    }
}
