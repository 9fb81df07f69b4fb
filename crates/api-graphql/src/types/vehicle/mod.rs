//! Vehicles: the interface, and what those of all kinds have.

mod agv;
mod amr;
mod forklift;
mod kinds;
mod oht;
mod shown;

use std::sync::Arc;

use application::live_queries::Subject;
use domain::{
    GroupId,
    vehicle::{self as domain_vehicle, VehicleDetails},
};
use juniper::{DefaultScalarValue, FieldResult, GraphQLInterface, GraphQLObject, ID};

pub(super) use self::{
    agv::{Agv, AgvInput, UpdateAgvInput},
    amr::{Amr, AmrInput, UpdateAmrInput},
    forklift::{Forklift, ForkliftInput, UpdateForkliftInput},
    oht::{Oht, OhtInput, UpdateOhtInput},
};
use super::{
    ConnectionStatus, DateTime, Group, NodeValue, VehiclePosition, VehicleRedisMapping, VehicleRuntimeState,
    VehicleStatus, VehicleType, mapping::visible_connection,
};
use crate::{context::Context, loading::Loaders};

/// What a vehicle is able to do, by its data sheet.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleSpecification {
    /// The highest speed in m/s, above 0.
    max_speed: f64,
    /// The heaviest load in kg, at least 0.
    max_load: f64,
    /// The battery's energy in Wh, above 0.
    battery_capacity: f64,
}

/// A vehicle of the registry.
#[derive(GraphQLInterface)]
#[graphql(
    enum = VehicleValue,
    impl = NodeValue,
    for = [Amr, Agv, Oht, Forklift],
    context = Context,
    scalar = DefaultScalarValue
)]
pub struct Vehicle {
    /// Its identity, for ever.
    pub id: ID,
    /// What people call it; unique in its organisation.
    pub name: String,
    /// Its kind.
    pub r#type: VehicleType,
    /// Who built it.
    pub manufacturer: String,
    /// The manufacturer's name of this kind of machine.
    pub model: Option<String>,
    /// What it is doing.
    pub status: VehicleStatus,
    /// Whether its messages are taken and delivered.
    pub is_enabled: bool,
    /// When it was registered.
    pub created_at: DateTime,
    /// When it was changed last.
    pub updated_at: DateTime,
    /// The organisation that it belongs to.
    pub organization_id: ID,
    /// What it is able to do.
    pub specification: VehicleSpecification,
    /// Raised by every change that a person makes.
    pub version: i32,
    /// Where it is; null when that is not known yet.
    pub position: Option<VehiclePosition>,
    /// How it is; null when that is not known yet.
    pub runtime_state: Option<VehicleRuntimeState>,
    /// Whether it is heard; null when that cannot be told now.
    pub connection_status: Option<ConnectionStatus>,
    /// How it is tied to its live keys; null unless it is enabled.
    pub mapping: Option<VehicleRedisMapping>,
    /// The groups that it is in.
    pub groups: Vec<Group>,
}

/// What vehicles of all kinds have.
#[derive(Clone)]
struct Base {
    id: ID,
    name: String,
    manufacturer: String,
    model: Option<String>,
    status: VehicleStatus,
    is_enabled: bool,
    created_at: DateTime,
    updated_at: DateTime,
    organization_id: ID,
    specification: VehicleSpecification,
    version: i32,
    subject: Subject,
    group_ids: Vec<GroupId>,
    loaders: Arc<Loaders>,
}

impl VehicleValue {
    /// A vehicle; `loaders` tell more about it, when somebody asks.
    pub(crate) fn new(vehicle: domain_vehicle::Vehicle, loaders: &Arc<Loaders>) -> Self {
        let (subject, sheet) = (Subject::from(&vehicle), vehicle.specification);
        let base = Base {
            id: ID::new(vehicle.id.to_string()),
            name: vehicle.name.to_string(),
            manufacturer: vehicle.manufacturer.to_string(),
            model: vehicle.model.map(|model| model.to_string()),
            status: vehicle.status.into(),
            is_enabled: vehicle.is_enabled,
            created_at: vehicle.created_at.into(),
            updated_at: vehicle.updated_at.into(),
            organization_id: ID::new(vehicle.organization_id.to_string()),
            specification: VehicleSpecification {
                max_speed: sheet.max_speed(),
                max_load: sheet.max_load(),
                battery_capacity: sheet.battery_capacity(),
            },
            version: i32::try_from(vehicle.version.as_i64()).unwrap_or(i32::MAX),
            subject,
            group_ids: vehicle.group_ids.into_iter().collect(),
            loaders: Arc::clone(loaders),
        };
        match vehicle.details {
            VehicleDetails::Amr(details) => Amr { base, details }.into(),
            VehicleDetails::Agv(details) => Agv { base, details }.into(),
            VehicleDetails::Oht(details) => Oht { base, details }.into(),
            VehicleDetails::Forklift(details) => Forklift { base, details }.into(),
        }
    }
}

impl Base {
    async fn position(&self) -> FieldResult<Option<VehiclePosition>> {
        let found = self.loaders.observed(self.subject, |seen| seen.position.clone());
        Ok(found.await?.map(Into::into))
    }

    async fn runtime_state(&self) -> FieldResult<Option<VehicleRuntimeState>> {
        let found = self.loaders.observed(self.subject, |seen| seen.state.clone());
        Ok(found.await?.map(Into::into))
    }

    async fn connection_status(&self) -> FieldResult<Option<ConnectionStatus>> {
        let seen = self.loaders.observation(self.subject).await?;
        Ok(seen.and_then(|seen| visible_connection(&seen)))
    }

    async fn mapping(&self) -> FieldResult<Option<VehicleRedisMapping>> {
        let seen = self.loaders.observation(self.subject).await?;
        Ok(seen.and_then(|seen| VehicleRedisMapping::of(&seen)))
    }

    async fn groups(&self) -> FieldResult<Vec<Group>> {
        let groups = self.loaders.groups(&self.group_ids).await?;
        Ok(groups.into_iter().map(Into::into).collect())
    }
}
