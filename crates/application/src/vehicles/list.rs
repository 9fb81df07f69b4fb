use domain::{Violations, vehicle::Vehicle};

use super::{Vehicles, count::Count};
use crate::{
    Actor,
    error::Result,
    fairness::account,
    paging::{Listing, PageQuery},
    ports::{VehicleFilter, VehicleSort},
};

/// Query for a page of vehicles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VehicleQuery {
    pub filter: VehicleFilter,
    pub sort: VehicleSort,
    pub page: PageQuery,
}

impl VehicleQuery {
    /// Checks the query, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of the page query.
    pub fn check(&self) -> Result<(), Violations> {
        self.page.checked(|cursor| self.sort.place_at(cursor)).map(drop)
    }
}

impl Vehicles {
    /// Returns a page of vehicles.
    ///
    /// # Errors
    /// Returns [`crate::Error::Invalid`] for an invalid page query.
    pub async fn list(&self, actor: &Actor, query: &VehicleQuery) -> Result<Listing<Vehicle>> {
        let VehicleQuery { filter, sort, page } = query;
        let request = page.checked(|cursor| sort.place_at(cursor))?;
        let scope = filter.scope_within(&actor.scope);
        let found = self.repository.find_all(&scope, filter, *sort, &request).await?;
        let found = found.map(|vehicle| vehicle.within(&actor.scope));
        Ok(Listing::of(found, &request, |vehicle| sort.cursor_of(vehicle)))
    }

    /// Returns the number of vehicles on all pages. Identical concurrent counts of one request, which a GraphQL query
    /// can contain, are executed once.
    ///
    /// # Errors
    /// Returns [`crate::Error::Unavailable`] if the registry is unavailable; [`crate::Error::RateLimited`] when too
    /// many counts are requested at once.
    pub async fn count(&self, actor: &Actor, filter: &VehicleFilter) -> Result<u64> {
        let scope = filter.scope_within(&actor.scope);
        let counted = self.repository.count(&scope, filter);
        match account::number() {
            // The key contains the number of the account, so the count is shared only within one request.
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
