//! An index of the rooms with filters, by the areas of their filters.
//!
//! The rooms that may want a vehicle are found by its position. A rectangle is registered in a grid whose cells are at
//! least as large as the rectangle, so that it touches at most four of them. Grids of several cell sizes exist side by
//! side. The cost of an update therefore does not grow with the number of rooms with areas, except for those near the
//! vehicle. Rooms without an area may want any vehicle, or any vehicle on their map.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::telemetry::{MapId, VehiclePosition};

use crate::{filter::Area, indices::RoomId, interest::Interest};

/// Side of the largest cells, as a power of 2: 2²⁰ m. Larger rectangles are not indexed by position.
const MAX_LEVEL: i32 = 20;

/// Magnitude of the coordinates that are indexed, in metres. Beyond it, cell numbers would not be exact.
const MAX_COORDINATE: f64 = 1e9;

/// Column and row numbers of a cell.
type Cell = [i64; 2];

/// The rooms with filters, by the areas of their filters.
#[derive(Debug, Default)]
pub(super) struct FilteredRooms {
    count: usize,
    of_map: HashMap<MapId, Grid>,
    of_any_map: Grid,
}

#[derive(Debug, Default)]
struct Grid {
    /// Rooms without an area, or with one that is too large for the index.
    everywhere: Vec<RoomId>,
    /// Rooms by the level and number of the cells that their areas touch. The cells of level n have sides of 2ⁿ m.
    levels: BTreeMap<i32, HashMap<Cell, Vec<RoomId>>>,
}

impl FilteredRooms {
    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn add(&mut self, id: RoomId, interest: &Interest) {
        self.count += 1;
        for (map, area) in places_of(interest) {
            match map {
                Some(map) => self.of_map.entry(map.clone()).or_default().add(id, area),
                None => self.of_any_map.add(id, area),
            }
        }
    }

    pub(super) fn remove(&mut self, id: RoomId, interest: &Interest) {
        self.count -= 1;
        for (map, area) in places_of(interest) {
            match map {
                Some(map) => {
                    if let Some(grid) = self.of_map.get_mut(map) {
                        grid.remove(id, area);
                        if grid.is_empty() {
                            self.of_map.remove(map);
                        }
                    }
                }
                None => self.of_any_map.remove(id, area),
            }
        }
    }

    /// Visits the rooms whose filters may accept a vehicle at a position. A room may be visited several times.
    pub(super) fn near(&self, position: Option<&VehiclePosition>, mut visit: impl FnMut(RoomId)) {
        self.of_any_map.near(position, &mut visit);
        let map = position.and_then(|position| position.map_id.as_ref());
        if let Some(grid) = map.and_then(|map| self.of_map.get(map)) {
            grid.near(position, &mut visit);
        }
    }
}

/// Returns the distinct pairs of map and area in the filters of an interest. Many topics may have the same pair.
fn places_of(interest: &Interest) -> HashSet<(Option<&MapId>, Option<Area>)> {
    let filters = interest.filters().map(|filter| filter.get());
    filters
        .map(|filter| match filter {
            Some(filter) => (filter.map_id.as_ref(), filter.area),
            None => (None, None),
        })
        .collect()
}

impl Grid {
    fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.levels.is_empty()
    }

    fn add(&mut self, id: RoomId, area: Option<Area>) {
        match cells_of(area) {
            Some((level, cells)) => {
                let grid = self.levels.entry(level).or_default();
                cells.for_each(|cell| grid.entry(cell).or_default().push(id));
            }
            None => self.everywhere.push(id),
        }
    }

    fn remove(&mut self, id: RoomId, area: Option<Area>) {
        fn remove_one(rooms: &mut Vec<RoomId>, id: RoomId) {
            if let Some(place) = rooms.iter().position(|&room| room == id) {
                rooms.swap_remove(place);
            }
        }
        let Some((level, cells)) = cells_of(area) else {
            return remove_one(&mut self.everywhere, id);
        };
        let Some(grid) = self.levels.get_mut(&level) else {
            return;
        };
        for cell in cells {
            if let Some(rooms) = grid.get_mut(&cell) {
                remove_one(rooms, id);
                if rooms.is_empty() {
                    grid.remove(&cell);
                }
            }
        }
        if grid.is_empty() {
            self.levels.remove(&level);
        }
    }

    fn near(&self, position: Option<&VehiclePosition>, mut visit: impl FnMut(RoomId)) {
        self.everywhere.iter().copied().for_each(&mut visit);
        let Some(position) = position else {
            return;
        };
        for (&level, grid) in &self.levels {
            let cell = [position.x, position.y].map(|at| cell_at(at, level));
            grid.get(&cell)
                .into_iter()
                .flatten()
                .copied()
                .for_each(&mut visit);
        }
    }
}

/// Returns the level of the cells for a rectangle, and the cells that it touches; `None` if it is not indexed.
fn cells_of(area: Option<Area>) -> Option<(i32, impl Iterator<Item = Cell>)> {
    let edges @ [min_x, min_y, max_x, max_y] = area?.edges();
    if edges.iter().any(|edge| edge.abs() > MAX_COORDINATE) {
        return None;
    }
    let side = (max_x - min_x).max(max_y - min_y);
    // Small rectangles share the cells of 1 m.
    let level = (0..=MAX_LEVEL).find(|&level| side <= side_of(level))?;
    let [columns, rows] =
        [(min_x, max_x), (min_y, max_y)].map(|(min, max)| cell_at(min, level)..=cell_at(max, level));
    let cells = columns.flat_map(move |column| rows.clone().map(move |row| [column, row]));
    Some((level, cells))
}

fn side_of(level: i32) -> f64 {
    f64::from(level).exp2()
}

/// Returns the number of the column or row that contains a coordinate.
fn cell_at(coordinate: f64, level: i32) -> i64 {
    // The cast saturates, but only for coordinates far beyond `MAX_COORDINATE`, where no rooms are indexed.
    (coordinate / side_of(level)).floor() as i64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::telemetry::{Rotation, Timestamp};
    use proptest::prelude::*;

    use super::*;
    use crate::{filter::Filter, interest::Topic};

    fn interest(edges: [f64; 4], map: Option<&str>) -> Interest {
        let filter = Filter {
            area: Some(Area::new(edges).expect("valid edges")),
            map_id: map.map(|map| MapId::new(map).expect("a map")),
            ..Filter::default()
        };
        Interest::default().with_filtered(&Topic::All, filter.into())
    }

    fn found(rooms: &FilteredRooms, x: f64, y: f64, map: &str) -> BTreeSet<RoomId> {
        let position = VehiclePosition {
            x,
            y,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: Timestamp::MAX,
            frame_id: None,
            map_id: MapId::new(map).ok(),
        };
        let mut found = BTreeSet::new();
        rooms.near(Some(&position), |room| _ = found.insert(room));
        found
    }

    fn edges() -> impl Strategy<Value = [f64; 4]> {
        let side = prop_oneof![Just(0.0), 0.0..2.0f64, 0.0..300.0f64, 0.0..3e9f64];
        let corner = prop_oneof![-100.0..100.0f64, -2e9..2e9f64];
        (corner.clone(), corner, side.clone(), side)
            .prop_map(|(x, y, width, height)| [x, y, x + width, y + height])
    }

    proptest! {
        #[test]
        fn every_room_whose_area_contains_a_position_is_found(
            areas in prop::collection::vec((edges(), prop::option::of(0..2u8)), 1..20),
            gone in prop::collection::vec(any::<bool>(), 20),
            inside in prop::collection::vec((0..20usize, 0.0..=1.0f64, 0.0..=1.0f64), 1..20),
        ) {
            let maps = ["a", "b"];
            let mut rooms = FilteredRooms::default();
            let interests: Vec<_> =
                areas.iter().map(|(edges, map)| interest(*edges, map.map(|map| maps[usize::from(map)]))).collect();
            interests.iter().enumerate().for_each(|(id, interest)| rooms.add(id, interest));
            let is_gone = |id: usize| gone[id];
            for (id, interest) in interests.iter().enumerate().filter(|(id, _)| is_gone(*id)) {
                rooms.remove(id, interest);
            }
            for (number, right, up) in inside {
                let [min_x, min_y, max_x, max_y] = areas[number % areas.len()].0;
                let (x, y) = (min_x + right * (max_x - min_x), min_y + up * (max_y - min_y));
                let found = found(&rooms, x, y, "a");
                for (id, (edges, map)) in areas.iter().enumerate() {
                    let [min_x, min_y, max_x, max_y] = *edges;
                    let is_inside = min_x <= x && x <= max_x && min_y <= y && y <= max_y && *map != Some(1);
                    prop_assert!(!is_inside || is_gone(id) || found.contains(&id), "{} at {} {}", id, x, y);
                    prop_assert!(!(is_gone(id) && found.contains(&id)));
                }
            }
        }
    }

    #[test]
    fn a_room_with_many_equal_filters_is_visited_once() {
        use domain::GroupId;
        use uuid::Uuid;
        let topics = (0..500).map(|n| Topic::Group(GroupId::from_uuid(Uuid::from_u128(n))));
        let interest = topics.fold(interest([0.0, 0.0, 9.0, 9.0], None), |interest, topic| {
            interest.with(&topic)
        });
        let mut rooms = FilteredRooms::default();
        rooms.add(7, &interest);
        let mut visits = 0;
        rooms.near(None, |_| visits += 1);
        assert_eq!(visits, 1);
        rooms.remove(7, &interest);
        assert!(rooms.of_any_map.is_empty());
    }

    #[test]
    fn rooms_elsewhere_are_not_visited() {
        let mut rooms = FilteredRooms::default();
        for id in 0..1_000 {
            let x = id as f64 * 100.0;
            rooms.add(id, &interest([x, 0.0, x + 50.0, 50.0], None));
        }
        assert_eq!(found(&rooms, 510.0, 10.0, "a"), [4, 5].into());
    }

    #[test]
    fn removed_rooms_leave_nothing_behind() {
        let mut rooms = FilteredRooms::default();
        let interests = [
            interest([0.0, 0.0, 9.0, 9.0], Some("a")),
            interest([0.0, 0.0, 9.0, 9.0], None),
        ];
        interests
            .iter()
            .enumerate()
            .for_each(|(id, interest)| rooms.add(id, interest));
        interests
            .iter()
            .enumerate()
            .for_each(|(id, interest)| rooms.remove(id, interest));
        assert!(rooms.is_empty() && rooms.of_map.is_empty() && rooms.of_any_map.is_empty());
    }
}
