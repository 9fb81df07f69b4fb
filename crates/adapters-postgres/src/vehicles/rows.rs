//! Rows and what they say.

use diesel::prelude::*;
use domain::{
    OrganizationId, VehicleId,
    vehicle::{
        Manufacturer, ModelName, Vehicle, VehicleDetails, VehicleDraft, VehicleName, VehicleSpecification,
        Version,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::details::{AgvRow, AmrRow, ForkliftRow, OhtRow};
use crate::schema::vehicles;

/// A row of `vehicles` with the row of its kind's details.
#[derive(Queryable, Selectable)]
#[diesel(table_name = vehicles)]
pub(super) struct WholeRow {
    #[diesel(embed)]
    base: BaseRow,
    #[diesel(embed)]
    amr: Option<AmrRow>,
    #[diesel(embed)]
    agv: Option<AgvRow>,
    #[diesel(embed)]
    oht: Option<OhtRow>,
    #[diesel(embed)]
    forklift: Option<ForkliftRow>,
}

/// A row of `vehicles`.
#[derive(Queryable, Selectable)]
#[diesel(table_name = vehicles)]
pub(super) struct BaseRow {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    manufacturer: String,
    model: Option<String>,
    status: String,
    is_enabled: bool,
    max_speed: f64,
    max_load: f64,
    battery_capacity: f64,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    deleted_at: Option<OffsetDateTime>,
}

/// A stored value that the domain does not allow: the constraints let it pass, so they and the domain differ.
#[derive(Debug, thiserror::Error)]
#[error("a stored vehicle is not one: {0}")]
pub(crate) struct Unreadable(Box<dyn std::error::Error + Send + Sync>);

impl Unreadable {
    pub(super) fn because(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

impl TryFrom<WholeRow> for Vehicle {
    type Error = Unreadable;

    fn try_from(row: WholeRow) -> Result<Self, Unreadable> {
        let WholeRow {
            base,
            amr,
            agv,
            oht,
            forklift,
        } = row;
        let details = match (amr, agv, oht, forklift) {
            (Some(amr), None, None, None) => VehicleDetails::Amr(amr.try_into()?),
            (None, Some(agv), None, None) => VehicleDetails::Agv(agv.try_into()?),
            (None, None, Some(oht), None) => VehicleDetails::Oht(oht.try_into()?),
            (None, None, None, Some(forklift)) => VehicleDetails::Forklift(forklift.try_into()?),
            _ => {
                return Err(Unreadable::because(format!(
                    "{} has not the details of one kind",
                    base.id
                )));
            }
        };
        let model = base
            .model
            .as_deref()
            .map(ModelName::new)
            .transpose()
            .map_err(Unreadable::because)?;
        Ok(Self {
            id: VehicleId::from_uuid(base.id),
            organization_id: OrganizationId::from_uuid(base.organization_id),
            name: VehicleName::new(&base.name).map_err(Unreadable::because)?,
            manufacturer: Manufacturer::new(&base.manufacturer).map_err(Unreadable::because)?,
            model,
            status: base.status.parse().map_err(Unreadable::because)?,
            is_enabled: base.is_enabled,
            specification: VehicleSpecification::new(base.max_speed, base.max_load, base.battery_capacity)
                .map_err(Unreadable::because)?,
            details,
            version: Version::from_i64(base.version),
            created_at: base.created_at,
            updated_at: base.updated_at,
            deleted_at: base.deleted_at,
        })
    }
}

/// What is written of a new vehicle; the rest is the table's defaults.
#[derive(Insertable)]
#[diesel(table_name = vehicles)]
pub(super) struct NewRow<'a> {
    id: Uuid,
    organization_id: Uuid,
    kind: &'static str,
    name: &'a str,
    manufacturer: &'a str,
    model: Option<&'a str>,
    max_speed: f64,
    max_load: f64,
    battery_capacity: f64,
}

impl<'a> NewRow<'a> {
    pub(super) fn of(id: VehicleId, organization: OrganizationId, draft: &'a VehicleDraft) -> Self {
        Self {
            id: *id.as_uuid(),
            organization_id: *organization.as_uuid(),
            kind: draft.details.kind().as_str(),
            name: draft.name.as_str(),
            manufacturer: draft.manufacturer.as_str(),
            model: draft.model.as_ref().map(ModelName::as_str),
            max_speed: draft.specification.max_speed(),
            max_load: draft.specification.max_load(),
            battery_capacity: draft.specification.battery_capacity(),
        }
    }
}

/// What a person's change may touch.
#[derive(AsChangeset)]
#[diesel(table_name = vehicles, treat_none_as_null = true)]
pub(super) struct ChangedRow<'a> {
    name: &'a str,
    manufacturer: &'a str,
    model: Option<&'a str>,
    status: &'static str,
    is_enabled: bool,
    max_speed: f64,
    max_load: f64,
    battery_capacity: f64,
    version: i64,
}

impl<'a> From<&'a Vehicle> for ChangedRow<'a> {
    fn from(vehicle: &'a Vehicle) -> Self {
        Self {
            name: vehicle.name.as_str(),
            manufacturer: vehicle.manufacturer.as_str(),
            model: vehicle.model.as_ref().map(ModelName::as_str),
            status: vehicle.status.as_str(),
            is_enabled: vehicle.is_enabled,
            max_speed: vehicle.specification.max_speed(),
            max_load: vehicle.specification.max_load(),
            battery_capacity: vehicle.specification.battery_capacity(),
            version: vehicle.version.as_i64(),
        }
    }
}
