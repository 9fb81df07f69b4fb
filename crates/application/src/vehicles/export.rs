use std::sync::Arc;

use domain::vehicle::Vehicle;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use super::{Vehicles, seen::within};
use crate::{
    Actor,
    error::Result,
    fairness::account::Account,
    paging::{PageQuery, PageRequest},
    ports::{VehicleFilter, VehicleSort},
};

impl Vehicles {
    /// Streams all vehicles that match the filter, in batches, in the order of their registration. Vehicles that are
    /// registered while the stream is read may be missing. The stream ends after an error.
    #[must_use]
    pub fn export(&self, actor: &Actor, filter: VehicleFilter) -> BoxStream<'static, Result<Vec<Vehicle>>> {
        let (repository, scope) = (Arc::clone(&self.repository), Arc::clone(&actor.scope));
        // The stream may be read after the handler has returned, and therefore outside the request's account.
        let account = Account::of(actor);
        let asked = Arc::new(filter.scope_within(&scope).into_owned());
        let sort = VehicleSort::default();
        let first_page = PageRequest::forward(PageQuery::MAX_FIRST, None);
        stream::unfold(Some(first_page), move |page| {
            let (repository, filter) = (Arc::clone(&repository), filter.clone());
            let (scope, asked) = (Arc::clone(&scope), Arc::clone(&asked));
            let account = Arc::clone(&account);
            async move {
                let mut page = page?;
                let found = account.run(repository.find_all(&asked, &filter, sort, &page));
                Some(match found.await {
                    Ok(found) => {
                        page.after = found.items.last().map(|vehicle| sort.place_of(vehicle));
                        (Ok(within(&scope, found.items)), found.has_more.then_some(page))
                    }
                    Err(error) => (Err(error), None),
                })
            }
        })
        .boxed()
    }
}
