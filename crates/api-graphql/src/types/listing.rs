//! What a list has, in which order, and which page of it.

use application::{paging::PageQuery, ports};
use domain::{Violations, vehicle::SearchText};
use juniper::{GraphQLInputObject, ID};

use super::{SortDirection, VehicleSortField, VehicleStatus, VehicleType};
use crate::ids::parsed_id;

/// Which vehicles; what is left out does not matter.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct VehicleFilter {
    /// Of this kind.
    r#type: Option<VehicleType>,
    /// In this status.
    status: Option<VehicleStatus>,
    /// Enabled, or disabled.
    enabled: Option<bool>,
    /// In this group.
    group_id: Option<ID>,
    /// With this in their name, manufacturer or model, capital and small letters alike; at most 100 characters.
    search: Option<String>,
}

impl VehicleFilter {
    /// # Errors
    /// With all that is wrong, under `filter.…`.
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

/// In which order vehicles are listed.
#[derive(Clone, Copy, Debug, GraphQLInputObject)]
pub struct VehicleSort {
    /// By what.
    field: VehicleSortField,
    /// Which way; ASC when it is left out.
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

/// Which page of a list.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct Pagination {
    /// How many items at most: 1 to 500, 50 when it is left out.
    first: Option<i32>,
    /// The cursor of the item before the page: of the same list in the same order.
    after: Option<String>,
}

impl From<Pagination> for PageQuery {
    fn from(Pagination { first, after }: Pagination) -> Self {
        Self::forward(first.map(i64::from), after)
    }
}
