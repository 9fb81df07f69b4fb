use std::sync::Arc;

use domain::vehicle::Vehicle;

use super::{VehicleSort, seen::asked_of};
use crate::{
    Actor,
    error::Result,
    paging::{Listing, PageQuery},
    ports::{VehicleFilter, VehicleRepository},
};

/// Which vehicles, in which order, and which page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VehicleQuery {
    /// Which vehicles.
    pub filter: VehicleFilter,
    /// In which order.
    pub sort: VehicleSort,
    /// Which page.
    pub page: PageQuery,
}

/// Shows the registry page by page.
pub struct ListVehicles {
    repository: Arc<dyn VehicleRepository>,
}

impl ListVehicles {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>) -> Self {
        Self { repository }
    }

    /// A page.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for `first` and `after`, as [`PageQuery`] says.
    pub async fn execute(&self, actor: &Actor, query: &VehicleQuery) -> Result<Listing<Vehicle>> {
        let VehicleQuery { filter, sort, page } = query;
        let request = page.checked(|cursor| sort.place_at(cursor))?;
        let scope = asked_of(&actor.scope, filter);
        let found = self.repository.find_all(&scope, filter, *sort, &request).await?;
        let found = found.map(|vehicle| vehicle.within(&actor.scope));
        Ok(Listing::of(found, &request, |vehicle| sort.cursor_of(vehicle)))
    }

    /// How many vehicles there are on all pages.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`].
    pub async fn count(&self, actor: &Actor, filter: &VehicleFilter) -> Result<u64> {
        self.repository
            .count(&asked_of(&actor.scope, filter), filter)
            .await
    }
}
