//! Filters, which narrow a topic to vehicles whose current state meets criteria.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    telemetry::{MapId, VehiclePosition, VehicleRuntimeState, is_moving},
    vehicle::VehicleStatus,
};

/// Criteria for the current state of a vehicle. A criterion that is `None` is met by every vehicle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Statuses of which the vehicle must have one.
    pub statuses: Option<BTreeSet<VehicleStatus>>,
    /// Whether the vehicle must be moving (`true`) or must not be moving (`false`); see [`is_moving`].
    pub is_moving: Option<bool>,
    /// Map on which the vehicle's position must be.
    pub map_id: Option<MapId>,
    /// Area in which the vehicle's position must be, on any map unless `map_id` is set.
    pub area: Option<Area>,
}

/// The data of a vehicle that filters evaluate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Condition<'a> {
    pub(crate) status: VehicleStatus,
    pub(crate) state: Option<&'a VehicleRuntimeState>,
    pub(crate) position: Option<&'a VehiclePosition>,
}

impl Filter {
    /// Returns `true` if every vehicle meets the criteria.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn accepts(&self, vehicle: &Condition<'_>) -> bool {
        let Condition {
            status,
            state,
            position,
        } = *vehicle;
        self.statuses
            .as_ref()
            .is_none_or(|statuses| statuses.contains(&status))
            && self
                .is_moving
                .is_none_or(|expected| is_moving(status, state) == expected)
            && self
                .map_id
                .as_ref()
                .is_none_or(|map| position.is_some_and(|position| position.map_id.as_ref() == Some(map)))
            && self
                .area
                .is_none_or(|area| position.is_some_and(|position| area.contains(position.x, position.y)))
    }
}

/// The filter of a topic, shared by the subscribers that have the same one; `None` if every vehicle of the topic is
/// wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct SharedFilter(Option<Arc<Filter>>);

impl SharedFilter {
    /// The filter that every vehicle passes.
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn get(&self) -> Option<&Filter> {
        self.0.as_deref()
    }

    pub(crate) fn accepts(&self, vehicle: &Condition<'_>) -> bool {
        self.get().is_none_or(|filter| filter.accepts(vehicle))
    }

    /// Returns `true` if every vehicle that passes this filter passes `other` as well. `false` may be a false
    /// negative.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        other.0.is_none() || self == other
    }
}

impl From<Filter> for SharedFilter {
    fn from(filter: Filter) -> Self {
        Self((!filter.is_empty()).then(|| Arc::new(filter)))
    }
}

/// A rectangle in the plane of a map, in metres. Its edges belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    min: [f64; 2],
    max: [f64; 2],
}

/// Reason why numbers are not the edges of an [`Area`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidArea {
    /// An edge is not a finite number.
    #[error("must consist of finite numbers")]
    NotFinite,
    /// A minimum is greater than its maximum.
    #[error("must not have a minimum greater than its maximum")]
    Reversed,
}

impl Area {
    /// Returns the rectangle with these edges, in metres.
    ///
    /// # Errors
    /// Fails if an edge is not finite, or a minimum is greater than its maximum.
    pub fn new([min_x, min_y, max_x, max_y]: [f64; 4]) -> Result<Self, InvalidArea> {
        if ![min_x, min_y, max_x, max_y].iter().all(|edge| edge.is_finite()) {
            return Err(InvalidArea::NotFinite);
        }
        if min_x > max_x || min_y > max_y {
            return Err(InvalidArea::Reversed);
        }
        // Adding 0 turns -0 into 0: equal rectangles must have equal bits, because the bits are hashed.
        Ok(Self {
            min: [min_x + 0.0, min_y + 0.0],
            max: [max_x + 0.0, max_y + 0.0],
        })
    }

    /// Returns the edges: minimum x and y, maximum x and y.
    #[must_use]
    pub const fn edges(&self) -> [f64; 4] {
        let ([min_x, min_y], [max_x, max_y]) = (self.min, self.max);
        [min_x, min_y, max_x, max_y]
    }

    const fn contains(&self, x: f64, y: f64) -> bool {
        let [min_x, min_y, max_x, max_y] = self.edges();
        min_x <= x && x <= max_x && min_y <= y && y <= max_y
    }
}

impl Eq for Area {}

impl std::hash::Hash for Area {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.edges().map(f64::to_bits).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use domain::telemetry::{Rotation, Timestamp};
    use rstest::rstest;

    use super::*;

    fn at(x: f64, y: f64, map: &str) -> VehiclePosition {
        VehiclePosition {
            x,
            y,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: Timestamp::MAX,
            frame_id: None,
            map_id: MapId::new(map).ok(),
        }
    }

    fn map(id: &str) -> Filter {
        Filter {
            map_id: MapId::new(id).ok(),
            ..Filter::default()
        }
    }

    fn area(edges: [f64; 4]) -> Filter {
        Filter {
            area: Some(Area::new(edges).expect("valid edges")),
            ..Filter::default()
        }
    }

    fn moving(is_moving: bool) -> Filter {
        Filter {
            is_moving: Some(is_moving),
            ..Filter::default()
        }
    }

    #[rstest]
    #[case(Filter::default(), true)]
    #[case(map("a"), true)]
    #[case(map("b"), false)]
    #[case(area([1.0, 2.0, 3.0, 4.0]), true)]
    #[case(area([0.0, 0.0, 1.0, 2.0]), true)]
    #[case(area([1.1, 2.0, 3.0, 4.0]), false)]
    #[case(area([1.0, 2.1, 3.0, 4.0]), false)]
    #[case(moving(false), true)]
    #[case(moving(true), false)]
    #[case(Filter { statuses: Some([VehicleStatus::Idle].into()), ..Filter::default() }, true)]
    #[case(Filter { statuses: Some([VehicleStatus::Error].into()), ..map("a") }, false)]
    fn every_criterion_must_be_met(#[case] filter: Filter, #[case] expected: bool) {
        let position = at(1.0, 2.0, "a");
        let vehicle = Condition {
            status: VehicleStatus::Idle,
            state: None,
            position: Some(&position),
        };
        assert_eq!(SharedFilter::from(filter).accepts(&vehicle), expected);
    }

    #[test]
    fn a_vehicle_without_a_position_is_on_no_map_and_in_no_area() {
        let vehicle = Condition {
            status: VehicleStatus::Idle,
            state: None,
            position: None,
        };
        assert!(!map("a").accepts(&vehicle));
        assert!(!area([-1.0, -1.0, 1.0, 1.0]).accepts(&vehicle));
        assert!(Filter::default().accepts(&vehicle));
    }

    #[test]
    fn equal_areas_have_equal_hashes() {
        use std::hash::{BuildHasher as _, RandomState};
        let hasher = RandomState::new();
        let areas = [[-0.0, 0.0, 1.0, 1.0], [0.0, -0.0, 1.0, 1.0]]
            .map(|edges| Area::new(edges).expect("valid edges"));
        assert_eq!(areas[0], areas[1]);
        assert_eq!(hasher.hash_one(areas[0]), hasher.hash_one(areas[1]));
    }

    #[rstest]
    #[case([f64::NAN, 0.0, 1.0, 1.0], InvalidArea::NotFinite)]
    #[case([0.0, 0.0, f64::INFINITY, 1.0], InvalidArea::NotFinite)]
    #[case([1.0, 0.0, 0.0, 1.0], InvalidArea::Reversed)]
    #[case([0.0, 1.0, 1.0, 0.0], InvalidArea::Reversed)]
    fn invalid_edges_are_rejected(#[case] edges: [f64; 4], #[case] fault: InvalidArea) {
        assert_eq!(Area::new(edges), Err(fault));
    }
}
