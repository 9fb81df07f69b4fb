//! Orders in which vehicles are listed.

use domain::{
    VehicleId,
    vehicle::{Vehicle, VehicleStatus},
};
use time::OffsetDateTime;

use crate::paging::{Cursor, PageEnd};

/// Field that vehicles are sorted by. Vehicles with equal values are sorted by the order of their registration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortField {
    /// The id. New ids are assigned in ascending order.
    #[default]
    Registration,
    /// The name, compared bytewise with its ASCII letters in lower case (see [`name_key`]).
    Name,
    /// The time of registration.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The name of the status.
    Status,
}

/// Direction of sorting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortDirection {
    /// The smallest value comes first.
    #[default]
    Ascending,
    /// The greatest value comes first.
    Descending,
}

impl SortDirection {
    /// Returns the opposite direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// Order of a list of vehicles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct VehicleSort {
    /// Field to sort by.
    pub field: SortField,
    /// Direction of sorting, also for the ids of vehicles with equal values.
    pub direction: SortDirection,
}

/// Position of a vehicle in a sorted list. Positions are ordered as in the ascending list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VehiclePlace {
    /// Value of the sort field.
    pub key: SortKey,
    /// Id of the vehicle, which breaks ties.
    pub id: VehicleId,
}

/// Value of the field that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// No value: the id alone determines the order.
    Registration,
    /// The result of [`name_key`] for the name.
    Name(String),
    /// The time of registration.
    CreatedAt(OffsetDateTime),
    /// The time of the last change.
    UpdatedAt(OffsetDateTime),
    /// The name of the status.
    Status(&'static str),
}

/// Returns the sort key of a name: the name with ASCII letters in lower case. Stores compare it bytewise, so the order
/// does not depend on their locale.
#[must_use]
pub fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl VehicleSort {
    /// Returns the order in which a store reads the vehicles of a page that is counted from `end`.
    #[must_use]
    pub const fn read_from(self, end: PageEnd) -> Self {
        match end {
            PageEnd::First => self,
            PageEnd::Last => Self {
                direction: self.direction.reversed(),
                ..self
            },
        }
    }

    /// Returns the position of a vehicle in this order.
    #[must_use]
    pub fn place_of(self, vehicle: &Vehicle) -> VehiclePlace {
        let key = match self.field {
            SortField::Registration => SortKey::Registration,
            SortField::Name => SortKey::Name(name_key(vehicle.name.as_str())),
            SortField::CreatedAt => SortKey::CreatedAt(vehicle.created_at),
            SortField::UpdatedAt => SortKey::UpdatedAt(vehicle.updated_at),
            SortField::Status => SortKey::Status(vehicle.status.as_str()),
        };
        VehiclePlace { key, id: vehicle.id }
    }

    /// Returns the name of the list in cursors. Every order has its own name, so a cursor of one order is invalid in
    /// another.
    const fn list(self) -> &'static str {
        use SortDirection::{Ascending, Descending};
        match (self.field, self.direction) {
            (SortField::Registration, Ascending) => "vehicles",
            (SortField::Registration, Descending) => "-vehicles",
            (SortField::Name, Ascending) => "name",
            (SortField::Name, Descending) => "-name",
            (SortField::CreatedAt, Ascending) => "createdAt",
            (SortField::CreatedAt, Descending) => "-createdAt",
            (SortField::UpdatedAt, Ascending) => "updatedAt",
            (SortField::UpdatedAt, Descending) => "-updatedAt",
            (SortField::Status, Ascending) => "status",
            (SortField::Status, Descending) => "-status",
        }
    }

    pub(crate) fn cursor_of(self, vehicle: &Vehicle) -> Cursor {
        let VehiclePlace { key, id } = self.place_of(vehicle);
        let key = match key {
            SortKey::Registration => String::new(),
            SortKey::Name(name) => name,
            SortKey::CreatedAt(time) | SortKey::UpdatedAt(time) => micros(time).to_string(),
            SortKey::Status(status) => status.to_owned(),
        };
        Cursor {
            list: self.list().to_owned(),
            key,
            id: *id.as_uuid(),
        }
    }

    /// Returns the position that a cursor denotes; `None` if it belongs to another list or has an impossible value.
    pub(crate) fn place_at(self, cursor: Cursor) -> Option<VehiclePlace> {
        let Cursor { list, key, id } = cursor;
        if list != self.list() {
            return None;
        }
        let key = match self.field {
            SortField::Registration if key.is_empty() => SortKey::Registration,
            SortField::Registration => return None,
            // Names contain no NUL, and PostgreSQL rejects a text with one.
            SortField::Name if key.contains('\0') => return None,
            SortField::Name => SortKey::Name(key),
            SortField::CreatedAt => SortKey::CreatedAt(time_at(&key)?),
            SortField::UpdatedAt => SortKey::UpdatedAt(time_at(&key)?),
            SortField::Status => SortKey::Status(key.parse::<VehicleStatus>().ok()?.as_str()),
        };
        let id = VehicleId::from_uuid(id);
        Some(VehiclePlace { key, id })
    }
}

/// Returns the microseconds since the epoch. Microseconds are the precision of the stores.
fn micros(time: OffsetDateTime) -> i128 {
    time.unix_timestamp_nanos() / 1_000
}

fn time_at(micros: &str) -> Option<OffsetDateTime> {
    let nanos = micros.parse::<i128>().ok()?.checked_mul(1_000)?;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
    // For a time outside these years, the database would return an error instead of an empty page.
    (1..=9_999).contains(&time.year()).then_some(time)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;

    const FIELDS: [SortField; 5] = [
        SortField::Registration,
        SortField::Name,
        SortField::CreatedAt,
        SortField::UpdatedAt,
        SortField::Status,
    ];

    fn cursor(list: &str, key: &str) -> Cursor {
        Cursor {
            list: list.to_owned(),
            key: key.to_owned(),
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_cursor_of_one_order_is_invalid_in_another() {
        for field in FIELDS {
            for direction in [SortDirection::Ascending, SortDirection::Descending] {
                let sort = VehicleSort { field, direction };
                for list in ["vehicles", "-vehicles", "name", "-name", "createdAt", "groups"] {
                    let is_its_own = sort.list() == list;
                    let is_accepted = sort.place_at(cursor(list, "")).is_some();
                    assert!(!is_accepted || is_its_own, "{sort:?} accepts a cursor of {list}");
                }
            }
        }
    }

    #[rstest]
    #[case("name", "a\0")]
    #[case("createdAt", "x")]
    #[case("createdAt", "170141183460469231731687303715884105727")]
    #[case("updatedAt", "-62167219200000001")]
    #[case("status", "moving")]
    #[case("vehicles", "x")]
    fn a_cursor_with_an_impossible_key_is_invalid(#[case] list: &str, #[case] key: &str) {
        for field in FIELDS {
            let sort = VehicleSort {
                field,
                ..VehicleSort::default()
            };
            assert_eq!(sort.place_at(cursor(list, key)), None, "{field:?}");
        }
    }

    #[test]
    fn names_are_sorted_without_regard_to_ascii_case() {
        assert!(name_key("amr 2") > name_key("AMR 1"));
        assert_eq!(name_key("ÄMR"), "Ämr");
    }
}
