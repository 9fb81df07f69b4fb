//! Which vehicles a list has.

use domain::{VehicleId, Violations};
use juniper::GraphQLInputObject;

use super::{VehicleStatus, VehicleType};
use crate::cursor;

/// Which vehicles; what is left out does not matter.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct VehicleFilter {
    /// Of this kind.
    r#type: Option<VehicleType>,
    /// In this status.
    status: Option<VehicleStatus>,
    /// Enabled, or disabled.
    enabled: Option<bool>,
}

impl From<VehicleFilter> for application::ports::VehicleFilter {
    fn from(filter: VehicleFilter) -> Self {
        Self {
            kind: filter.r#type.map(Into::into),
            status: filter.status.map(Into::into),
            enabled: filter.enabled,
        }
    }
}

/// Which page of a list.
#[derive(Clone, Debug, Default, GraphQLInputObject)]
pub struct Pagination {
    /// How many items at most: 1 to 500, 50 when it is left out.
    pub(crate) first: Option<i32>,
    /// The cursor of the item before the page.
    after: Option<String>,
}

impl Pagination {
    /// The vehicle before the page.
    pub(crate) fn after(&self) -> Result<Option<VehicleId>, Violations> {
        let decode = |text: &String| {
            cursor::decode(text).ok_or_else(|| Violations::of("after", "must be a cursor of an earlier page"))
        };
        self.after.as_ref().map(decode).transpose()
    }
}
