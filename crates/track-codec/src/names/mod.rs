//! The names that rows refer to by number.

mod format;

use std::{collections::HashMap, hash::Hash, sync::Arc};

use domain::telemetry::{ErrorCode, FrameId, MapId};

use crate::row::{Kind, Row};

/// Map and coordinate frame of a position.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// Coordinate frame, if it is known.
    pub frame_id: Option<FrameId>,
    /// Map, if it is known.
    pub map_id: Option<MapId>,
}

/// The maps, frames and sets of error codes that rows refer to.
#[derive(Debug, Clone, Default)]
pub struct Names {
    places: Numbered<Place>,
    error_sets: Numbered<Arc<[ErrorCode]>>,
}

impl Names {
    /// Returns the number of a place.
    pub fn number_of_place(&mut self, place: Place) -> u32 {
        self.places.number(place)
    }

    /// Returns the number of a set of error codes.
    pub fn number_of_errors(&mut self, codes: Arc<[ErrorCode]>) -> u32 {
        self.error_sets.number(codes)
    }

    /// Returns the places, by their numbers.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places.values
    }

    /// Returns the sets of error codes, by their numbers.
    #[must_use]
    pub fn error_sets(&self) -> &[Arc<[ErrorCode]>] {
        &self.error_sets.values
    }

    /// Adds the names of `other`, and returns their numbers.
    pub(crate) fn adopt(&mut self, other: &Self) -> Renumbering {
        Renumbering {
            places: self.places.adopt(&other.places),
            error_sets: self.error_sets.adopt(&other.error_sets),
        }
    }
}

/// New numbers of names, by their old numbers.
#[derive(Debug)]
pub(crate) struct Renumbering {
    places: Vec<u32>,
    error_sets: Vec<u32>,
}

impl Renumbering {
    /// Returns `true` if every name keeps its number.
    pub(crate) fn is_identity(&self) -> bool {
        let keeps = |numbers: &[u32]| (0..).zip(numbers).all(|(old, &new)| old == new);
        keeps(&self.places) && keeps(&self.error_sets)
    }

    /// Replaces the numbers of a row, which must refer to names that exist.
    pub(crate) fn apply(&self, row: &mut Row) {
        if row.kind.has(Kind::POSITION) {
            row.place = self.places.get(row.place as usize).copied().unwrap_or(0);
        }
        if row.kind.has(Kind::CONDITION) {
            row.errors = self.error_sets.get(row.errors as usize).copied().unwrap_or(0);
        }
    }
}

/// Values with numbers: the first has the number 0.
#[derive(Debug, Clone)]
struct Numbered<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
    last: u32,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashMap::new(),
            last: 0,
        }
    }
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    fn number(&mut self, value: T) -> u32 {
        // Most values are that of the sample before.
        if self.values.get(self.last as usize) == Some(&value) {
            return self.last;
        }
        self.last = match self.numbers.get(&value) {
            Some(&known) => known,
            None => {
                let next = u32::try_from(self.values.len()).expect("fewer than 2^32 names");
                self.values.push(value.clone());
                self.numbers.insert(value, next);
                next
            }
        };
        self.last
    }

    fn adopt(&mut self, other: &Self) -> Vec<u32> {
        other
            .values
            .iter()
            .map(|value| self.number(value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(map: &str) -> Place {
        Place {
            frame_id: None,
            map_id: Some(MapId::new(map).expect("a map")),
        }
    }

    #[test]
    fn equal_names_have_one_number() {
        let mut names = Names::default();
        let numbers = ["a", "b", "a", "b", "b", "c"].map(|map| names.number_of_place(place(map)));
        assert_eq!(numbers, [0, 1, 0, 1, 1, 2]);
        assert_eq!(names.places(), [place("a"), place("b"), place("c")]);
    }

    #[test]
    fn adopted_names_get_new_numbers() {
        let (mut own, mut other) = (Names::default(), Names::default());
        own.number_of_place(place("a"));
        other.number_of_place(place("b"));
        other.number_of_place(place("a"));
        assert_eq!(own.adopt(&other).places, [1, 0]);
    }
}
