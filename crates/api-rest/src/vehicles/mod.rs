//! Endpoints of vehicles and their live data.

mod bulk;
mod change;
mod input;
mod list;
mod live_representation;
mod near;
mod one;
mod present;
mod representation;
pub(crate) mod schema;
mod survey;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use domain::vehicle::Vehicle;

pub use bulk::MAX_FILE_BYTES;
pub(crate) use bulk::{__path_export, __path_import, export, import};
pub(crate) use change::{
    __path_change_status, __path_disable, __path_enable, change_status, disable, enable,
};
pub(crate) use list::{__path_list, list};
pub(crate) use near::{__path_near, near};
pub(crate) use one::{
    __path_create, __path_delete, __path_get, __path_restore, __path_update, create, delete, get, restore,
    update,
};
pub(crate) use present::{__path_mapping, __path_position, __path_state, mapping, position, state};
pub(crate) use survey::{__path_positions, __path_states, positions, states};

use crate::entity_tags::entity_tag;
use representation::VehicleDocument;

/// Returns a response that contains a vehicle and its entity tag.
fn answer(status: StatusCode, vehicle: &Vehicle) -> HttpResponse {
    let shown = shown(vehicle);
    HttpResponse::build(status)
        .insert_header((header::ETAG, entity_tag(vehicle.version, &shown)))
        .content_type("application/json")
        .body(shown)
}

/// Returns the entity tag of a vehicle's representation.
pub(crate) fn entity_tag_of(vehicle: &Vehicle) -> String {
    entity_tag(vehicle.version, &shown(vehicle))
}

fn shown(vehicle: &Vehicle) -> Vec<u8> {
    serde_json::to_vec(&VehicleDocument::from(vehicle)).expect("a vehicle serialises to JSON")
}
