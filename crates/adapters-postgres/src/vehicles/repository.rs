use std::collections::BTreeMap;

use application::{
    Actor, Error, Result,
    paging::{Page, PageRequest},
    ports::{
        Author, Collision, Mode, RegisteredVersion, Registration, SortDirection, VehicleFilter, VehiclePlace,
        VehicleRepository, VehicleSort,
    },
    vehicles::{Placement, Registrar, must_be_deleted},
};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::AsyncConnection;
use domain::{
    AccessScope, OrganizationId, VehicleId,
    vehicle::{Vehicle, VehicleChanges, VehicleDraft, VehicleStatus, VehicleType, Version},
};
use futures::FutureExt;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    all_or_none::{List, create_all, rehearse},
    pages,
    registering::register,
    search::matching,
    selection::{Selection, count, load, load_all, versions, visible_to, with_deleted},
    several, writing,
};
use crate::{database::Database, organizations::must_have, schema::vehicles};

/// Vehicle repository in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgVehicleRepository {
    database: Database,
}

impl PgVehicleRepository {
    /// Creates the repository. The migrations must have been applied.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    async fn load(&self, selection: Selection) -> Result<Vec<Vehicle>> {
        self.database
            .run(|connection| async move { load(connection, selection).await }.boxed())
            .await
    }

    async fn scan(&self, selection: Selection) -> Result<Vec<Vehicle>> {
        self.database
            .run_scan(|connection| async move { load(connection, selection).await }.boxed())
            .await
    }

    /// Returns the first vehicles that match a filter, in the order of registration.
    async fn first(&self, scope: &AccessScope, filter: &VehicleFilter, limit: u32) -> Result<Vec<Vehicle>> {
        let chosen = matching(scope, filter)
            .order(vehicles::id)
            .limit(i64::from(limit));
        let mut found = self.load(chosen).await?;
        // `load` returns the vehicles in no particular order.
        found.sort_unstable_by_key(|vehicle| vehicle.id);
        Ok(found)
    }
}

#[async_trait]
impl VehicleRepository for PgVehicleRepository {
    async fn find_by_ids(&self, scope: &AccessScope, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| *id.as_uuid()).collect();
        self.load(visible_to(scope).filter(vehicles::id.eq_any(ids)))
            .await
    }

    async fn find_by_id(&self, scope: &AccessScope, id: VehicleId) -> Result<Option<Vehicle>> {
        let found = self
            .load(visible_to(scope).filter(vehicles::id.eq(*id.as_uuid())))
            .await?;
        Ok(found.into_iter().next())
    }

    async fn find_all(
        &self,
        scope: &AccessScope,
        filter: &VehicleFilter,
        sort: VehicleSort,
        page: &PageRequest<VehiclePlace>,
    ) -> Result<Page<Vehicle>> {
        let chosen = pages::page(matching(scope, filter), sort, page);
        let mut found = match filter.search {
            // A search for a text that few vehicles contain may read all vehicles.
            Some(_) => self.scan(chosen).await?,
            None => self.load(chosen).await?,
        };
        let read = sort.read_from(page.end);
        found.sort_by_cached_key(|vehicle| read.place_of(vehicle));
        if read.direction == SortDirection::Descending {
            found.reverse();
        }
        Ok(Page::of(found, page))
    }

    async fn count(&self, scope: &AccessScope, filter: &VehicleFilter) -> Result<u64> {
        let chosen = matching(scope, filter);
        self.database
            .run_scan(|connection| async move { count(connection, chosen).await }.boxed())
            .await
    }

    async fn find_by_type(&self, scope: &AccessScope, kind: VehicleType, limit: u32) -> Result<Vec<Vehicle>> {
        let filter = VehicleFilter {
            kind: Some(kind),
            ..VehicleFilter::default()
        };
        self.first(scope, &filter, limit).await
    }

    async fn find_enabled_vehicles(&self, scope: &AccessScope, limit: u32) -> Result<Vec<Vehicle>> {
        let filter = VehicleFilter {
            enabled: Some(true),
            ..VehicleFilter::default()
        };
        self.first(scope, &filter, limit).await
    }

    async fn create(&self, by: &Actor, organization: OrganizationId, draft: VehicleDraft) -> Result<Vehicle> {
        must_have(&by.scope, organization)?;
        let author = Author::from(by);
        let registration = Registration::from(draft);
        let registered = self
            .database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        register(
                            connection,
                            &author,
                            organization,
                            &[registration],
                            &[Placement::New],
                        )
                        .await
                    })
                    .boxed()
            })
            .await?;
        registered
            .into_iter()
            .next()
            .ok_or_else(|| Error::internal("the registration did not return the vehicle"))
    }

    async fn create_all(
        &self,
        by: &Actor,
        organization: OrganizationId,
        registrations: Vec<Registration>,
        mode: Mode,
    ) -> Result<Result<Vec<Vehicle>, Vec<Collision>>> {
        must_have(&by.scope, organization)?;
        let (author, registrar) = (Author::from(by), Registrar::new(by, organization));
        let list = List {
            organization,
            registrations,
        };
        self.database
            .run_bulk(move |connection| {
                async move {
                    match mode {
                        Mode::Apply => create_all(connection, &author, registrar, &list).await,
                        Mode::Rehearse => rehearse(connection, registrar, &list).await,
                    }
                }
                .boxed()
            })
            .await
    }

    async fn update(
        &self,
        by: &Actor,
        id: VehicleId,
        expected: Option<Version>,
        changes: VehicleChanges,
    ) -> Result<Vehicle> {
        // Two transactions in which vehicles swap names may deadlock.
        self.database
            .retrying(|| {
                let (scope, author) = (visible_to(&by.scope), Author::from(by));
                let changes = changes.clone();
                self.database.run(move |connection| {
                    connection
                        .transaction(async move |connection| {
                            let before = writing::lock(connection, scope, id, expected).await?;
                            let after = changes.apply(&before).map_err(Error::from)?;
                            if after == before {
                                Ok(before)
                            } else {
                                writing::write(connection, &author, &before, after).await
                            }
                        })
                        .boxed()
                })
            })
            .await
    }

    async fn delete(&self, by: &Actor, id: VehicleId, expected: Option<Version>) -> Result<Vehicle> {
        let (scope, author) = (visible_to(&by.scope), Author::from(by));
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let vehicle = writing::lock(connection, scope, id, expected).await?;
                        let deleted = writing::delete(connection, &author, vec![vehicle]).await?;
                        let deleted = deleted.into_iter().next();
                        deleted.ok_or_else(|| Error::vehicle_not_found().into())
                    })
                    .boxed()
            })
            .await
    }

    async fn set_enabled(&self, by: &Actor, ids: &[VehicleId], is_enabled: bool) -> Result<Vec<Vehicle>> {
        let (scope, author, ids) = (visible_to(&by.scope), Author::from(by), ids.to_vec());
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        several::set_enabled(connection, &author, scope, &ids, is_enabled).await
                    })
                    .boxed()
            })
            .await
    }

    async fn delete_all(&self, by: &Actor, ids: &[VehicleId]) -> Result<Vec<Vehicle>> {
        let (scope, author, ids) = (visible_to(&by.scope), Author::from(by), ids.to_vec());
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        several::delete(connection, &author, scope, &ids).await
                    })
                    .boxed()
            })
            .await
    }

    async fn restore(&self, by: &Actor, id: VehicleId) -> Result<Vehicle> {
        let (scope, author) = (with_deleted(&by.scope), Author::from(by));
        self.database
            .run(move |connection| {
                connection
                    .transaction(async move |connection| {
                        let vehicle = writing::lock(connection, scope, id, None).await?;
                        must_be_deleted(&vehicle)?;
                        writing::restore(connection, &author, vehicle).await
                    })
                    .boxed()
            })
            .await
    }

    async fn record_statuses(&self, statuses: &[(VehicleId, VehicleStatus)]) -> Result<OffsetDateTime> {
        // If a vehicle occurs several times, its last status is recorded.
        let statuses: BTreeMap<VehicleId, VehicleStatus> = statuses.iter().copied().collect();
        self.database
            .run(move |connection| {
                async move { writing::record_statuses(connection, statuses).await }.boxed()
            })
            .await
    }

    async fn load_all(&self) -> Result<Vec<Vehicle>> {
        self.database
            .run_bulk(|connection| load_all(connection).boxed())
            .await
    }

    async fn versions(&self) -> Result<Vec<RegisteredVersion>> {
        self.database
            .run_bulk(|connection| versions(connection).boxed())
            .await
    }
}
