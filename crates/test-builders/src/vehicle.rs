//! Vehicles.

use std::collections::BTreeSet;

use application::ports::{GroupRepository, Registration, VehicleRepository};
use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    vehicle::{
        Manufacturer, ModelName, Vehicle, VehicleDetails, VehicleDraft, VehicleName, VehicleSpecification,
        VehicleStatus, VehicleType, Version,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{an_administrator, bare_details};

/// A disabled AMR in the default organisation, with a name of its own.
#[must_use]
pub fn a_vehicle() -> VehicleBuilder {
    let id = Uuid::now_v7();
    VehicleBuilder {
        id: VehicleId::from_uuid(id),
        organization: OrganizationId::DEFAULT,
        groups: BTreeSet::new(),
        name: format!("vehicle {id}"),
        manufacturer: "Acme Robotics".to_owned(),
        model: Some("M1".to_owned()),
        details: bare_details(VehicleType::Amr),
        status: VehicleStatus::Idle,
        is_enabled: false,
    }
}

/// A vehicle under construction: a test gives the fields that it depends on, the others have values.
#[derive(Debug, Clone)]
pub struct VehicleBuilder {
    id: VehicleId,
    organization: OrganizationId,
    groups: BTreeSet<GroupId>,
    name: String,
    manufacturer: String,
    model: Option<String>,
    details: VehicleDetails,
    status: VehicleStatus,
    is_enabled: bool,
}

impl VehicleBuilder {
    /// Makes it an autonomous mobile robot.
    #[must_use]
    pub fn amr(self) -> Self {
        self.with_details(bare_details(VehicleType::Amr))
    }

    /// Makes it an automated guided vehicle.
    #[must_use]
    pub fn agv(self) -> Self {
        self.with_details(bare_details(VehicleType::Agv))
    }

    /// Makes it an overhead hoist transport.
    #[must_use]
    pub fn oht(self) -> Self {
        self.with_details(bare_details(VehicleType::Oht))
    }

    /// Makes it a forklift.
    #[must_use]
    pub fn forklift(self) -> Self {
        self.with_details(bare_details(VehicleType::Forklift))
    }

    /// Gives it these details, and so their kind.
    #[must_use]
    pub fn with_details(self, details: VehicleDetails) -> Self {
        Self { details, ..self }
    }

    /// Names it.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// Sets its manufacturer.
    #[must_use]
    pub fn built_by(self, manufacturer: &str) -> Self {
        Self {
            manufacturer: manufacturer.to_owned(),
            ..self
        }
    }

    /// Sets its model.
    #[must_use]
    pub fn of_model(self, model: &str) -> Self {
        Self {
            model: Some(model.to_owned()),
            ..self
        }
    }

    /// Takes its model away.
    #[must_use]
    pub fn without_model(self) -> Self {
        Self { model: None, ..self }
    }

    /// Puts it into an organisation.
    #[must_use]
    pub fn of(self, organization: OrganizationId) -> Self {
        Self { organization, ..self }
    }

    /// Puts it into a group, beside those that it is in.
    #[must_use]
    pub fn in_group(mut self, group: GroupId) -> Self {
        self.groups.insert(group);
        self
    }

    /// Enables it.
    #[must_use]
    pub fn enabled(self) -> Self {
        Self {
            is_enabled: true,
            ..self
        }
    }

    /// Sets its status.
    #[must_use]
    pub fn in_status(self, status: VehicleStatus) -> Self {
        Self { status, ..self }
    }

    /// Returns the values from which a repository registers it.
    ///
    /// # Panics
    /// When the name is none.
    #[must_use]
    pub fn draft(&self) -> VehicleDraft {
        VehicleDraft {
            name: VehicleName::new(&self.name).expect("a vehicle's name"),
            manufacturer: Manufacturer::new(&self.manufacturer).expect("a manufacturer"),
            model: self
                .model
                .as_deref()
                .map(|model| ModelName::new(model).expect("a model's name")),
            specification: VehicleSpecification::new(1.5, 100.0, 960.0).expect("a data sheet"),
            details: self.details.clone(),
        }
    }

    /// Returns the values from which a repository registers it together with others, under a new id.
    ///
    /// # Panics
    /// When the name is none.
    #[must_use]
    pub fn registration(&self) -> Registration {
        Registration {
            id: None,
            is_enabled: self.is_enabled,
            draft: self.draft(),
        }
    }

    /// The vehicle as if a registry had it since 1970.
    ///
    /// # Panics
    /// When the name is none.
    #[must_use]
    pub fn build(&self) -> Vehicle {
        let VehicleDraft {
            name,
            manufacturer,
            model,
            specification,
            details,
        } = self.draft();
        Vehicle {
            id: self.id,
            organization_id: self.organization,
            group_ids: self.groups.clone(),
            name,
            manufacturer,
            model,
            status: self.status,
            is_enabled: self.is_enabled,
            specification,
            details,
            version: Version::FIRST,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            deleted_at: None,
        }
    }

    /// Registers it, enables it if it is to be enabled, and lets it say its status if that is not IDLE (which
    /// only an enabled vehicle can).
    ///
    /// # Panics
    /// When the registry refuses; when it is to be in a group, for which
    /// [`VehicleBuilder::register_in_groups`] is there.
    pub async fn register(&self, registry: &dyn VehicleRepository) -> Vehicle {
        assert!(self.groups.is_empty(), "it is to be in groups");
        self.register_alone(registry).await
    }

    /// The same, and puts it into its groups.
    ///
    /// # Panics
    /// When the registry refuses.
    pub async fn register_in_groups(
        &self,
        registry: &dyn VehicleRepository,
        groups: &dyn GroupRepository,
    ) -> Vehicle {
        let mut vehicle = self.register_alone(registry).await;
        for group in &self.groups {
            vehicle = groups
                .add_vehicle(an_administrator(), *group, vehicle.id)
                .await
                .expect("it is put into the group");
        }
        vehicle
    }

    async fn register_alone(&self, registry: &dyn VehicleRepository) -> Vehicle {
        let mut vehicle = registry
            .create(an_administrator(), self.organization, self.draft())
            .await
            .expect("it is registered");
        if self.is_enabled {
            vehicle = registry
                .enable(an_administrator(), vehicle.id, None)
                .await
                .expect("it is enabled");
        }
        if self.status != vehicle.status {
            registry
                .record_statuses(&[(vehicle.id, self.status)])
                .await
                .expect("its status is recorded");
            vehicle = registry
                .find_by_id(&AccessScope::All, vehicle.id)
                .await
                .expect("it is read")
                .expect("it is there");
        }
        vehicle
    }
}
