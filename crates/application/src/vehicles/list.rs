use domain::vehicle::Vehicle;

use super::{Vehicles, count::Count};
use crate::{
    Actor,
    error::Result,
    fairness::account,
    paging::{Listing, PageQuery},
    ports::{VehicleFilter, VehicleSort},
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

impl Vehicles {
    /// Returns a page of vehicles.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for `first` and `after`, as [`PageQuery`] says.
    pub async fn list(&self, actor: &Actor, query: &VehicleQuery) -> Result<Listing<Vehicle>> {
        let VehicleQuery { filter, sort, page } = query;
        let request = page.checked(|cursor| sort.place_at(cursor))?;
        let scope = filter.scope_within(&actor.scope);
        let found = self.repository.find_all(&scope, filter, *sort, &request).await?;
        let found = found.map(|vehicle| vehicle.within(&actor.scope));
        Ok(Listing::of(found, &request, |vehicle| sort.cursor_of(vehicle)))
    }

    /// Returns how many vehicles there are on all pages. A request that asks for the same count many times at once has it
    /// counted once.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`]; [`crate::Error::RateLimited`] when too many counts are asked for at once.
    pub async fn count(&self, actor: &Actor, filter: &VehicleFilter) -> Result<u64> {
        let scope = filter.scope_within(&actor.scope);
        let counted = self.repository.count(&scope, filter);
        match account::number() {
            Some(account) => {
                let count = Count {
                    account,
                    scope: scope.clone().into_owned(),
                    filter: filter.clone(),
                };
                self.counts.ask(count, counted).await
            }
            None => counted.await,
        }
    }
}
