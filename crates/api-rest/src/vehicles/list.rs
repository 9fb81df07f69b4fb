use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::{
    Application,
    ports::{SortDirection, SortField, VehicleFilter, VehicleSort},
    vehicles::VehicleQuery,
};
use domain::{GroupId, vehicle::SearchText};
use futures::try_join;
use serde_json::json;

use super::representation::{VehicleDocument, VehiclePage};
use crate::{
    caller::Caller,
    listing::PageDocument,
    parameters::{Parameters, flag},
    problem::Result,
    schemas::schemas,
};

schemas! {
    SortSchema: "Sort" = json!({"type": "string", "enum": sorts().collect::<Vec<_>>()});
}

/// Fields that a list can be sorted by.
const SORTS: [(&str, SortField); 4] = [
    ("name", SortField::Name),
    ("createdAt", SortField::CreatedAt),
    ("updatedAt", SortField::UpdatedAt),
    ("status", SortField::Status),
];

/// Returns every value of `sort`: each field, ascending and descending.
fn sorts() -> impl Iterator<Item = String> {
    SORTS
        .into_iter()
        .flat_map(|(name, _)| [name.to_owned(), format!("-{name}")])
}

/// List vehicles
///
/// Returns the vehicles that match all filters, by default in order of registration. Each page starts after the last
/// vehicle of the previous one, so vehicles that are added in the meantime do not shift it.
#[utoipa::path(
    get,
    path = "/api/vehicles",
    tag = "vehicles",
    operation_id = "listVehicles",
    params(
        ("type" = Option<crate::schemas::words::VehicleType>, Query, description = "Only vehicles of this type"),
        ("status" = Option<crate::schemas::words::VehicleStatus>, Query, description = "Only vehicles in this status"),
        ("enabled" = Option<bool>, Query, description = "`true` for enabled vehicles only, `false` for disabled ones only"),
        ("groupId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only vehicles in this group"),
        ("search" = inline(Option<crate::schemas::SearchSchema>), Query, description = "Only vehicles whose name, manufacturer or model contains this text, ignoring case. An empty text has no effect"),
        ("sort" = inline(Option<SortSchema>), Query, description = "Sort field. A leading `-` sorts in descending order"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of items on the page"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous page in the same order; empty for the first page"),
    ),
    responses((status = 200, description = "A page of vehicles", body = VehiclePage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let mut query = VehicleQuery {
        filter: filter(&mut parameters),
        sort: parameters.take("sort", sort).unwrap_or_default(),
        page: parameters.page(),
    };
    if parameters.is_faulty("sort") {
        // A cursor belongs to one order, which is not known.
        query.page.after = None;
    }
    parameters.finish_with(query.check())?;
    let (page, total_count) = try_join!(
        app.vehicles.list(&actor, &query),
        app.vehicles.count(&actor, &query.filter),
    )?;
    let page = PageDocument::of(&page, total_count, |vehicle| VehicleDocument::from(vehicle));
    Ok(HttpResponse::Ok().json(page))
}

/// Takes the filter parameters, which the list and the export share.
pub(super) fn filter(parameters: &mut Parameters) -> VehicleFilter {
    // A search field that is not filled in sends an empty text.
    parameters.ignore_if_empty("search");
    VehicleFilter {
        kind: parameters.take("type", FromStr::from_str),
        status: parameters.take("status", FromStr::from_str),
        enabled: parameters.take("enabled", flag),
        group: parameters.take("groupId", GroupId::from_str),
        search: parameters.take("search", SearchText::new),
    }
}

fn sort(text: &str) -> Result<VehicleSort, String> {
    let (direction, name) = match text.strip_prefix('-') {
        Some(name) => (SortDirection::Descending, name),
        None => (SortDirection::Ascending, text),
    };
    let field = SORTS.into_iter().find(|(known, _)| *known == name);
    let (_, field) = field.ok_or_else(|| {
        let names = SORTS.map(|(name, _)| name).join(", ");
        format!("must be one of {names}, optionally prefixed with -")
    })?;
    Ok(VehicleSort { field, direction })
}
