//! The interface `Vehicle`, and the data that all vehicle types have in common.

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

/// Performance figures from a vehicle's data sheet.
#[derive(Clone, Debug, GraphQLObject)]
pub struct VehicleSpecification {
    /// Maximum speed in m/s, greater than 0.
    max_speed: f64,
    /// Maximum load in kg, at least 0.
    max_load: f64,
    /// Battery capacity in Wh, greater than 0.
    battery_capacity: f64,
}

/// Registered vehicle.
#[derive(GraphQLInterface)]
#[graphql(
    enum = VehicleValue,
    impl = NodeValue,
    for = [Amr, Agv, Oht, Forklift],
    context = Context,
    scalar = DefaultScalarValue
)]
pub struct Vehicle {
    /// Unique, permanent identifier.
    pub id: ID,
    /// Display name, unique within the organisation.
    pub name: String,
    /// Type of the vehicle.
    pub r#type: VehicleType,
    /// Manufacturer of the vehicle.
    pub manufacturer: String,
    /// Manufacturer's model name.
    pub model: Option<String>,
    /// Operational status.
    pub status: VehicleStatus,
    /// Whether messages from the robot are accepted and delivered to clients.
    pub is_enabled: bool,
    /// Time of registration.
    pub created_at: DateTime,
    /// Time of the last change.
    pub updated_at: DateTime,
    /// Organisation that the vehicle belongs to.
    pub organization_id: ID,
    /// Data sheet figures.
    pub specification: VehicleSpecification,
    /// Version number, incremented by every change that a user makes.
    pub version: i32,
    /// Newest known position; null if none is known.
    pub position: Option<VehiclePosition>,
    /// Newest known state; null if none is known.
    pub runtime_state: Option<VehicleRuntimeState>,
    /// Whether the robot's messages are being received; null if this cannot be determined at the moment.
    pub connection_status: Option<ConnectionStatus>,
    /// Mapping to the vehicle's live keys in Redis; null unless the vehicle is enabled.
    pub mapping: Option<VehicleRedisMapping>,
    /// Groups that the vehicle is a member of, except those that the caller may not see.
    pub groups: Vec<Group>,
}

/// Data that all vehicle types have in common, and the loaders of live data and groups.
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
    /// Converts a vehicle; `loaders` load its live data and groups when they are selected.
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
        Ok(seen.and_then(|seen| VehicleRedisMapping::of(&seen, &self.loaders)))
    }

    async fn groups(&self) -> FieldResult<Vec<Group>> {
        let groups = self.loaders.groups(&self.group_ids).await?;
        Ok(groups.into_iter().map(Into::into).collect())
    }
}
