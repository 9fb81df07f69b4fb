//! Filter, order and page of a list of vehicles.

use application::{paging::PageQuery, ports};
use domain::{Violations, vehicle::SearchText};
use juniper::{GraphQLInputObject, ID};

use super::{SortDirection, VehicleSortField, VehicleStatus, VehicleType};
use crate::ids::parsed_id;

/// Criteria for vehicles. A vehicle must meet all criteria that are given.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct VehicleFilter {
    /// Only vehicles of this type.
    r#type: Option<VehicleType>,
    /// Only vehicles with this status.
    status: Option<VehicleStatus>,
    /// Only enabled vehicles if true, only disabled vehicles if false.
    enabled: Option<bool>,
    /// Only members of this group.
    group_id: Option<ID>,
    /// Only vehicles whose name, manufacturer or model contains this text, regardless of case; at most 100 characters.
    /// An empty text has no effect.
    search: Option<String>,
}

impl VehicleFilter {
    /// Converts the filter, or returns all its violations, with field names that start with `filter.`.
    pub(crate) fn checked(self) -> Result<ports::VehicleFilter, Violations> {
        let mut faults = Violations::default();
        let group = self.group_id.as_ref().map(|id| parsed_id("filter.groupId", id));
        let group = faults.join(group.transpose()).flatten();
        let search = self.search.as_deref().filter(|text| !text.is_empty());
        let search = search.map(SearchText::new).transpose();
        let search = faults.keep("filter.search", search).flatten();
        faults.into_result()?;
        Ok(ports::VehicleFilter {
            kind: self.r#type.map(Into::into),
            status: self.status.map(Into::into),
            enabled: self.enabled,
            group,
            search,
        })
    }
}

/// Order in which vehicles are listed.
#[derive(Clone, Copy, Debug, GraphQLInputObject)]
pub struct VehicleSort {
    /// Field to sort by.
    field: VehicleSortField,
    /// Sort direction; defaults to ASC.
    direction: Option<SortDirection>,
}

impl From<VehicleSort> for ports::VehicleSort {
    fn from(VehicleSort { field, direction }: VehicleSort) -> Self {
        Self {
            field: field.into(),
            direction: direction.map(Into::into).unwrap_or_default(),
        }
    }
}

/// Page of a list.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct Pagination {
    /// Maximum number of items, from 1 to 500; defaults to 50.
    first: Option<i32>,
    /// Cursor of the item before the page, from the same list in the same order.
    after: Option<String>,
}

impl From<Pagination> for PageQuery {
    fn from(Pagination { first, after }: Pagination) -> Self {
        Self::forward(first.map(i64::from), after)
    }
}
