//! Builder of vehicles.

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

/// Starts building a disabled AMR in the default organisation, under a unique name.
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

/// Builder of a vehicle. Tests set the fields that matter to them; the others have defaults.
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
    #[must_use]
    pub fn amr(self) -> Self {
        self.with_details(bare_details(VehicleType::Amr))
    }

    #[must_use]
    pub fn agv(self) -> Self {
        self.with_details(bare_details(VehicleType::Agv))
    }

    #[must_use]
    pub fn oht(self) -> Self {
        self.with_details(bare_details(VehicleType::Oht))
    }

    #[must_use]
    pub fn forklift(self) -> Self {
        self.with_details(bare_details(VehicleType::Forklift))
    }

    /// Sets the details, and with them the type.
    #[must_use]
    pub fn with_details(self, details: VehicleDetails) -> Self {
        Self { details, ..self }
    }

    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    #[must_use]
    pub fn built_by(self, manufacturer: &str) -> Self {
        Self {
            manufacturer: manufacturer.to_owned(),
            ..self
        }
    }

    #[must_use]
    pub fn of_model(self, model: &str) -> Self {
        Self {
            model: Some(model.to_owned()),
            ..self
        }
    }

    #[must_use]
    pub fn without_model(self) -> Self {
        Self { model: None, ..self }
    }

    #[must_use]
    pub fn of(self, organization: OrganizationId) -> Self {
        Self { organization, ..self }
    }

    /// Adds a group to the vehicle's groups.
    #[must_use]
    pub fn in_group(mut self, group: GroupId) -> Self {
        self.groups.insert(group);
        self
    }

    #[must_use]
    pub fn enabled(self) -> Self {
        Self {
            is_enabled: true,
            ..self
        }
    }

    #[must_use]
    pub fn in_status(self, status: VehicleStatus) -> Self {
        Self { status, ..self }
    }

    /// Returns the input for registering the vehicle.
    ///
    /// # Panics
    /// Panics if the name, the manufacturer or the model is invalid.
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

    /// Returns the input for registering the vehicle together with others, under a new id.
    ///
    /// # Panics
    /// Panics if the name, the manufacturer or the model is invalid.
    #[must_use]
    pub fn registration(&self) -> Registration {
        Registration {
            id: None,
            is_enabled: self.is_enabled,
            draft: self.draft(),
        }
    }

    /// Returns the vehicle as a registry would return it, created in 1970.
    ///
    /// # Panics
    /// Panics if the name, the manufacturer or the model is invalid.
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

    /// Registers the vehicle, enables it if requested, and records its status unless that is IDLE. The registry ignores
    /// the status of a disabled vehicle.
    ///
    /// # Panics
    /// Panics if the registry rejects the vehicle, or if groups are set, which require
    /// [`VehicleBuilder::register_in_groups`].
    pub async fn register(&self, registry: &dyn VehicleRepository) -> Vehicle {
        assert!(self.groups.is_empty(), "groups need register_in_groups");
        self.register_alone(registry).await
    }

    /// Registers the vehicle like [`VehicleBuilder::register`], and adds it to its groups.
    ///
    /// # Panics
    /// Panics if the registry rejects the vehicle or a group.
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
                .expect("the vehicle is added to the group");
        }
        vehicle
    }

    async fn register_alone(&self, registry: &dyn VehicleRepository) -> Vehicle {
        let mut vehicle = registry
            .create(an_administrator(), self.organization, self.draft())
            .await
            .expect("the vehicle is registered");
        if self.is_enabled {
            vehicle = registry
                .enable(an_administrator(), vehicle.id, None)
                .await
                .expect("the vehicle is enabled");
        }
        if self.status != vehicle.status {
            registry
                .record_statuses(&[(vehicle.id, self.status)])
                .await
                .expect("the status is recorded");
            vehicle = registry
                .find_by_id(&AccessScope::All, vehicle.id)
                .await
                .expect("the registry answers")
                .expect("the vehicle exists");
        }
        vehicle
    }
}
