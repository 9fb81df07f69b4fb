//! Types of the schema, and their conversions from and to the domain's types.

#![expect(
    unreachable_pub,
    reason = "Juniper's macros make their types and their traits public"
)]

mod audit;
mod connection;
mod create_vehicle;
mod date_time;
mod enums;
mod group;
mod list;
mod listing;
mod mapping;
mod node;
mod nullable;
mod organization;
mod position_update;
mod session;
mod several;
mod state_change;
mod telemetry;
mod update_vehicle;
mod user;
mod vehicle;
mod vehicle_event;

pub(crate) use audit::{AuditEntry, AuditFilter};
pub(crate) use connection::{
    AuditConnection, GrantConnection, GroupConnection, OrganizationConnection, UserConnection,
    VehicleConnection,
};
pub(crate) use create_vehicle::CreateVehicleInput;
pub(crate) use date_time::DateTime;
pub(crate) use enums::{
    ConnectionStatus, GrantRole, GuideType, HoistStatus, Role, SortDirection, SyncStatus, VehicleSortField,
    VehicleStatus, VehicleType,
};
pub(crate) use group::{CreateGroupInput, Group, UpdateGroupInput};
pub(crate) use list::List;
pub(crate) use listing::{Pagination, VehicleFilter, VehicleSort};
pub(crate) use mapping::VehicleRedisMapping;
pub(crate) use node::NodeValue;
pub(crate) use organization::{CreateOrganizationInput, Organization, UpdateOrganizationInput};
pub(crate) use position_update::VehiclePositionUpdate;
pub(crate) use session::{Session, Tokens};
pub(crate) use several::{DeleteVehiclesPayload, DisableVehiclesPayload, EnableVehiclesPayload};
pub(crate) use state_change::VehicleStateChange;
pub(crate) use telemetry::{VehiclePosition, VehicleRuntimeState};
pub(crate) use update_vehicle::{Update, UpdateVehicleInput};
pub(crate) use user::{CreateGrantInput, CreateUserInput, Grant, UpdateUserInput, User};
pub(crate) use vehicle::VehicleValue;
pub(crate) use vehicle_event::{VehicleConnectionChange, VehicleEvent};
