use diesel::{
    dsl::{Eq, Filter, Order, Select, array},
    prelude::*,
    sql_types,
};
use domain::{
    GroupId, OrganizationId, VehicleId,
    vehicle::{Manufacturer, ModelName, Vehicle, VehicleDetails, VehicleName, VehicleSpecification, Version},
};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::rfc3339};
use uuid::Uuid;

use super::{
    details::{AgvRow, AmrRow, ForkliftRow, OhtRow},
    unreadable::Unreadable,
};
use crate::schema::{group_members, vehicles};

/// Row of `vehicles` with its groups and the row of its details. Its JSON form is stored in the registry's log.
#[derive(Queryable, Selectable, Serialize, Deserialize)]
#[diesel(table_name = vehicles)]
pub(crate) struct WholeRow {
    #[diesel(embed)]
    base: BaseRow,
    #[diesel(select_expression = groups_of_the_vehicle(), select_expression_type = GroupsOfTheVehicle)]
    group_ids: Vec<Uuid>,
    #[diesel(embed)]
    amr: Option<AmrRow>,
    #[diesel(embed)]
    agv: Option<AgvRow>,
    #[diesel(embed)]
    oht: Option<OhtRow>,
    #[diesel(embed)]
    forklift: Option<ForkliftRow>,
}

type GroupsOfTheVehicle = array<
    sql_types::Uuid,
    Order<
        Select<
            Filter<group_members::table, Eq<group_members::vehicle_id, vehicles::id>>,
            group_members::group_id,
        >,
        group_members::group_id,
    >,
>;

fn groups_of_the_vehicle() -> GroupsOfTheVehicle {
    let memberships = group_members::table.filter(group_members::vehicle_id.eq(vehicles::id));
    array(
        memberships
            .select(group_members::group_id)
            .order(group_members::group_id),
    )
}

#[derive(Queryable, Selectable, Serialize, Deserialize)]
#[diesel(table_name = vehicles)]
pub(crate) struct BaseRow {
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
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    updated_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    deleted_at: Option<OffsetDateTime>,
}

impl TryFrom<WholeRow> for Vehicle {
    type Error = Unreadable;

    fn try_from(row: WholeRow) -> Result<Self, Unreadable> {
        let id = row.base.id;
        row.into_vehicle()
            .map_err(|fault| fault.at(format_args!("vehicle {id}")))
    }
}

impl WholeRow {
    fn into_vehicle(self) -> Result<Vehicle, Unreadable> {
        let WholeRow {
            base,
            group_ids,
            amr,
            agv,
            oht,
            forklift,
        } = self;
        let details = match (amr, agv, oht, forklift) {
            (Some(amr), None, None, None) => VehicleDetails::Amr(amr.try_into()?),
            (None, Some(agv), None, None) => VehicleDetails::Agv(agv.try_into()?),
            (None, None, Some(oht), None) => VehicleDetails::Oht(oht.try_into()?),
            (None, None, None, Some(forklift)) => VehicleDetails::Forklift(forklift.try_into()?),
            _ => {
                return Err(Unreadable::because("must have the details of exactly one type"));
            }
        };
        let model = base.model.as_deref().map(ModelName::stored).transpose();
        Ok(Vehicle {
            id: VehicleId::from_uuid(base.id),
            organization_id: OrganizationId::from_uuid(base.organization_id),
            group_ids: group_ids.into_iter().map(GroupId::from_uuid).collect(),
            name: in_column("name", VehicleName::stored(&base.name))?,
            manufacturer: in_column("manufacturer", Manufacturer::stored(&base.manufacturer))?,
            model: in_column("model", model)?,
            status: in_column("status", base.status.parse())?,
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

fn in_column<T, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    column: &'static str,
    value: Result<T, E>,
) -> Result<T, Unreadable> {
    value.map_err(|fault| Unreadable::because(fault).at(column))
}

impl From<&Vehicle> for WholeRow {
    fn from(vehicle: &Vehicle) -> Self {
        let id = vehicle.id;
        let mut row = Self {
            base: vehicle.into(),
            group_ids: vehicle.group_ids.iter().map(|group| *group.as_uuid()).collect(),
            amr: None,
            agv: None,
            oht: None,
            forklift: None,
        };
        match &vehicle.details {
            VehicleDetails::Amr(amr) => row.amr = Some(AmrRow::of(id, amr)),
            VehicleDetails::Agv(agv) => row.agv = Some(AgvRow::of(id, agv)),
            VehicleDetails::Oht(oht) => row.oht = Some(OhtRow::of(id, oht)),
            VehicleDetails::Forklift(forklift) => row.forklift = Some(ForkliftRow::of(id, forklift)),
        }
        row
    }
}

impl From<&Vehicle> for BaseRow {
    fn from(vehicle: &Vehicle) -> Self {
        Self {
            id: *vehicle.id.as_uuid(),
            organization_id: *vehicle.organization_id.as_uuid(),
            name: vehicle.name.to_string(),
            manufacturer: vehicle.manufacturer.to_string(),
            model: vehicle.model.as_ref().map(ToString::to_string),
            status: vehicle.status.to_string(),
            is_enabled: vehicle.is_enabled,
            max_speed: vehicle.specification.max_speed(),
            max_load: vehicle.specification.max_load(),
            battery_capacity: vehicle.specification.battery_capacity(),
            version: vehicle.version.as_i64(),
            created_at: vehicle.created_at,
            updated_at: vehicle.updated_at,
            deleted_at: vehicle.deleted_at,
        }
    }
}

/// Columns written for a new vehicle; the others have defaults.
#[derive(Insertable)]
#[diesel(table_name = vehicles)]
pub(super) struct NewRow<'a> {
    id: Uuid,
    organization_id: Uuid,
    kind: &'static str,
    name: &'a str,
    manufacturer: &'a str,
    model: Option<&'a str>,
    status: &'static str,
    is_enabled: bool,
    max_speed: f64,
    max_load: f64,
    battery_capacity: f64,
    version: i64,
    created_at: Option<OffsetDateTime>,
}

impl<'a> NewRow<'a> {
    /// Returns the row of a new vehicle, or of a deleted one that is restored, whose first registration was at
    /// `created_at`.
    pub(super) fn of(vehicle: &'a Vehicle, created_at: Option<OffsetDateTime>) -> Self {
        Self {
            id: *vehicle.id.as_uuid(),
            organization_id: *vehicle.organization_id.as_uuid(),
            kind: vehicle.kind().as_str(),
            status: vehicle.status.as_str(),
            version: vehicle.version.as_i64(),
            is_enabled: vehicle.is_enabled,
            created_at,
            name: vehicle.name.as_str(),
            manufacturer: vehicle.manufacturer.as_str(),
            model: vehicle.model.as_ref().map(ModelName::as_str),
            max_speed: vehicle.specification.max_speed(),
            max_load: vehicle.specification.max_load(),
            battery_capacity: vehicle.specification.battery_capacity(),
        }
    }
}

/// Columns that a user's change may affect.
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
