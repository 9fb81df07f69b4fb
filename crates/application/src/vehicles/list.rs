use std::sync::Arc;

use domain::{VehicleId, Violations, vehicle::Vehicle};

use crate::{
    Actor,
    error::Result,
    paging::{Page, PageRequest},
    ports::{VehicleFilter, VehicleRepository},
};

/// Which vehicles, and which page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VehicleQuery {
    /// Which vehicles.
    pub filter: VehicleFilter,
    /// How many at most; the usual number when nobody says.
    pub first: Option<i64>,
    /// The last vehicle of the page before.
    pub after: Option<VehicleId>,
}

/// Shows a page of the registry.
pub struct ListVehicles {
    repository: Arc<dyn VehicleRepository>,
}

impl ListVehicles {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>) -> Self {
        Self { repository }
    }

    /// The page, in the order in which the vehicles were registered.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when `first` is not 1 to [`PageRequest::MAX_FIRST`].
    pub async fn execute(&self, actor: &Actor, query: VehicleQuery) -> Result<Page<Vehicle>> {
        let page = PageRequest {
            first: checked_first(query.first)?,
            after: query.after,
        };
        self.repository.find_all(&actor.scope, &query.filter, &page).await
    }
}

fn checked_first(first: Option<i64>) -> Result<u32, Violations> {
    const MAX_FIRST: u32 = PageRequest::<VehicleId>::MAX_FIRST;
    let Some(first) = first else {
        return Ok(PageRequest::<VehicleId>::DEFAULT_FIRST);
    };
    match u32::try_from(first) {
        Ok(first @ 1..=MAX_FIRST) => Ok(first),
        _ => Err(Violations::of(
            "first",
            format!("must be between 1 and {MAX_FIRST}"),
        )),
    }
}
