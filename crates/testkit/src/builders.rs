//! Vehicles as tests want them: `a_vehicle().agv().named("Tugger 7").draft()`.

use std::collections::BTreeSet;

use application::ports::{GroupRepository, Registration, VehicleRepository};
use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    telemetry::MapId,
    vehicle::{
        AgvDetails, AmrDetails, AutonomyLevel, ConfigObject, ForkliftDetails, GuideType, HoistStatus, Label,
        Manufacturer, ModelName, OhtDetails, RawForklift, RawOht, RawRailSegment, Vehicle, VehicleDetails,
        VehicleDraft, VehicleName, VehicleSpecification, VehicleStatus, VehicleType, Version,
    },
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

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

/// What a test says of a vehicle; the rest is as good as anything.
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

    /// Says who built it.
    #[must_use]
    pub fn built_by(self, manufacturer: &str) -> Self {
        Self {
            manufacturer: manufacturer.to_owned(),
            ..self
        }
    }

    /// Says which model it is.
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

    /// Sets what it is doing.
    #[must_use]
    pub fn in_status(self, status: VehicleStatus) -> Self {
        Self { status, ..self }
    }

    /// What is needed to register it.
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

    /// What is needed to register it with others, under a new id.
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
                .add_vehicle(&AccessScope::All, *group, vehicle.id)
                .await
                .expect("it is put into the group");
        }
        vehicle
    }

    async fn register_alone(&self, registry: &dyn VehicleRepository) -> Vehicle {
        let mut vehicle = registry
            .create(self.organization, self.draft())
            .await
            .expect("it is registered");
        let scope = AccessScope::All;
        if self.is_enabled {
            vehicle = registry
                .enable(&scope, vehicle.id, None)
                .await
                .expect("it is enabled");
        }
        if self.status != vehicle.status {
            registry
                .record_statuses(&[(vehicle.id, self.status)])
                .await
                .expect("its status is recorded");
            vehicle = registry
                .find_by_id(&scope, vehicle.id)
                .await
                .expect("it is read")
                .expect("it is there");
        }
        vehicle
    }
}

/// Details of a kind with nothing that may be left out.
///
/// # Panics
/// For a kind that this does not know yet.
#[must_use]
pub fn bare_details(kind: VehicleType) -> VehicleDetails {
    match kind {
        VehicleType::Amr => VehicleDetails::Amr(AmrDetails {
            lidar_enabled: true,
            camera_enabled: false,
            ultrasonic_enabled: false,
            autonomy_level: AutonomyLevel::new(3).expect("a level"),
            map_id: None,
            obstacle_avoidance_config: None,
        }),
        VehicleType::Agv => VehicleDetails::Agv(
            AgvDetails::new(GuideType::Magnetic, None, None, None).expect("nothing is wrong"),
        ),
        VehicleType::Oht => {
            let raw = RawOht {
                rail_id: "bay 1".to_owned(),
                ..RawOht::default()
            };
            VehicleDetails::Oht(OhtDetails::new(raw).expect("nothing is wrong"))
        }
        VehicleType::Forklift => VehicleDetails::Forklift(ForkliftDetails::default()),
        other => panic!("no details of a {other} are known here"),
    }
}

/// Details of a kind with all that may be given.
///
/// # Panics
/// For a kind that this does not know yet.
#[must_use]
pub fn full_details(kind: VehicleType) -> VehicleDetails {
    let label = |text| Some(Label::new(text).expect("a label"));
    match kind {
        VehicleType::Amr => VehicleDetails::Amr(AmrDetails {
            lidar_enabled: false,
            camera_enabled: true,
            ultrasonic_enabled: true,
            autonomy_level: AutonomyLevel::new(5).expect("a level"),
            map_id: Some(MapId::new("floor-1").expect("a map")),
            obstacle_avoidance_config: Some(config()),
        }),
        VehicleType::Agv => {
            let details = AgvDetails::new(GuideType::Vision, Some(config()), label("pallet"), Some(750.25));
            VehicleDetails::Agv(details.expect("nothing is wrong"))
        }
        VehicleType::Oht => VehicleDetails::Oht(
            OhtDetails::new(RawOht {
                rail_id: "bay 2".to_owned(),
                hoist_status: Some(HoistStatus::Moving),
                rail_position: Some(0.1 + 0.2),
                rail_segments: vec![
                    RawRailSegment {
                        segment_id: "a".to_owned(),
                        start: -1.5,
                        end: 0.1 + 0.2,
                    },
                    RawRailSegment {
                        segment_id: "b".to_owned(),
                        start: 1e18,
                        end: f64::MAX,
                    },
                ],
            })
            .expect("nothing is wrong"),
        ),
        VehicleType::Forklift => VehicleDetails::Forklift(
            ForkliftDetails::new(RawForklift {
                mast_height: Some(f64::MIN_POSITIVE),
                lift_height: Some(0.0),
                fork_length: Some(1.2),
                load_capacity: Some(1600.0),
            })
            .expect("nothing is wrong"),
        ),
        other => panic!("no details of a {other} are known here"),
    }
}

/// Settings that a store can spoil: numbers of every size, nesting, order, other scripts.
fn config() -> ConfigObject {
    let value = json!({
        "z": {"deep": [1, -2.5, 1e18, 1e300, 5e-324, null, true]},
        "a": "O'Reilly \"☃\" 🤖 \\ \n; DROP TABLE vehicles; --",
        "": {},
    });
    ConfigObject::new(value).expect("settings")
}
