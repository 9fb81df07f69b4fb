//! Vehicles.

mod bulk;
mod change;
mod list;
mod one;
mod present;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use documents::vehicle::VehicleDocument;
use domain::vehicle::Vehicle;

pub(crate) use bulk::{__path_export, __path_import, ImportedDocument, export, import};
pub(crate) use change::{
    __path_change_status, __path_disable, __path_enable, change_status, disable, enable,
};
pub(crate) use list::{__path_list, list};
pub(crate) use one::{
    __path_create, __path_delete, __path_get, __path_restore, __path_update, create, delete, get, restore,
    update,
};
pub(crate) use present::{__path_mapping, __path_position, __path_state, mapping, position, state};

use crate::precondition::entity_tag;

/// A vehicle as an answer, with its entity tag.
fn answer(status: StatusCode, vehicle: &Vehicle) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::ETAG, entity_tag(vehicle.version)))
        .json(VehicleDocument::from(vehicle))
}
