//! In which order vehicles are listed.

use domain::{
    VehicleId,
    vehicle::{Vehicle, VehicleStatus},
};
use time::OffsetDateTime;

use crate::paging::{Cursor, PageEnd};

/// By what vehicles are sorted. Equals follow in the order of their registration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortField {
    /// The order of registration, as the ids have it.
    #[default]
    Registration,
    /// The name, byte by byte, with ASCII capitals as small letters (see [`name_key`]).
    Name,
    /// The time of registration.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The status, by its name.
    Status,
}

/// Which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SortDirection {
    /// The smallest first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

impl SortDirection {
    /// The other way.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// The order of a list of vehicles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct VehicleSort {
    /// By what.
    pub field: SortField,
    /// Which way; ids of equals too.
    pub direction: SortDirection,
}

/// A vehicle's place in a sorted list. Places of one list compare as the vehicles are sorted upwards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VehiclePlace {
    /// What it is sorted by.
    pub key: SortKey,
    /// Decides between equals.
    pub id: VehicleId,
}

/// The value that a vehicle is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// Nothing but the id.
    Registration,
    /// What [`name_key`] makes of the name.
    Name(String),
    /// The time of registration.
    CreatedAt(OffsetDateTime),
    /// The time of the last change.
    UpdatedAt(OffsetDateTime),
    /// The status by its name.
    Status(&'static str),
}

/// The sort key of names: the same in every store, whatever language it is set up for.
#[must_use]
pub fn name_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl VehicleSort {
    /// The order in which the vehicles of a page are read: from the end that it is counted from.
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

    /// A vehicle's place.
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

    /// The list's name in cursors: one order's cursors mean nothing in another.
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

    /// The place that a cursor means; `None` for one of another list.
    pub(crate) fn place_at(self, cursor: Cursor) -> Option<VehiclePlace> {
        let Cursor { list, key, id } = cursor;
        if list != self.list() {
            return None;
        }
        let key = match self.field {
            SortField::Registration if key.is_empty() => SortKey::Registration,
            SortField::Registration => return None,
            // No name has a NUL, and no database takes one.
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

/// Stores keep whole microseconds.
fn micros(time: OffsetDateTime) -> i128 {
    time.unix_timestamp_nanos() / 1_000
}

fn time_at(micros: &str) -> Option<OffsetDateTime> {
    let nanos = micros.parse::<i128>().ok()?.checked_mul(1_000)?;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?;
    // Beyond these years a database would refuse the question instead of finding nothing.
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
    fn a_cursor_of_one_order_is_none_of_another() {
        for field in FIELDS {
            for direction in [SortDirection::Ascending, SortDirection::Descending] {
                let sort = VehicleSort { field, direction };
                for list in ["vehicles", "-vehicles", "name", "-name", "createdAt", "groups"] {
                    let is_its_own = sort.list() == list;
                    let understood = sort.place_at(cursor(list, "")).is_some();
                    assert!(!understood || is_its_own, "{sort:?} takes a cursor of {list}");
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
    fn a_key_that_cannot_be_is_no_place(#[case] list: &str, #[case] key: &str) {
        for field in FIELDS {
            let sort = VehicleSort {
                field,
                ..VehicleSort::default()
            };
            assert_eq!(sort.place_at(cursor(list, key)), None, "{field:?}");
        }
    }

    #[test]
    fn names_are_sorted_without_regard_to_capitals() {
        assert!(name_key("amr 2") > name_key("AMR 1"));
        assert_eq!(name_key("ÄMR"), "Ämr");
    }
}
