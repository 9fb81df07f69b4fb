//! Lists of the positions and states of many vehicles.

use std::{str::FromStr, sync::atomic::Ordering};

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::{
    Application,
    live_queries::{Aspect, Sighting, Survey, SurveyFilter},
};
use bytes::Bytes;
use domain::{GroupId, VehicleId, telemetry::MapId};
use futures::{StreamExt as _, stream};
use serde::Serialize;
use utoipa::ToSchema;

use super::live_representation::{PositionItemDocument, StateItemDocument};
use crate::{caller::Caller, conditional::NeverTheSame, parameters::Parameters, problem::Result};

/// Positions of several vehicles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PositionList)]
pub(crate) struct PositionListDocument {
    /// Vehicles that have a position, in order of their ids.
    #[schema(max_items = 10000)]
    items: Vec<PositionItemDocument>,
    /// Whether data may be missing because Redis or the database could not be read.
    is_incomplete: bool,
}

/// States of several vehicles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StateList)]
pub(crate) struct StateListDocument {
    /// Vehicles that have a state, in order of their ids.
    #[schema(max_items = 10000)]
    items: Vec<StateItemDocument>,
    /// Whether data may be missing because Redis or the database could not be read.
    is_incomplete: bool,
}

/// List the positions of several vehicles
///
/// Returns the positions of the vehicles that match all parameters. Vehicles that do not exist, that the caller may not
/// see or that have no position are omitted, even if `ids` names them. Returns 422 if more than 10,000 vehicles match.
/// Beyond the first 500 vehicles, every further 500 vehicles, or part of them, count as one more request.
#[utoipa::path(
    get,
    path = "/api/positions",
    tag = "vehicles",
    operation_id = "listPositions",
    params(
        ("ids" = inline(Option<crate::schemas::IdsSchema>), Query, style = Form, explode = false, description = "Ids of vehicles, separated by commas; the parameter may also be repeated"),
        ("groupId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only vehicles in this group"),
        ("type" = Option<crate::schemas::words::VehicleType>, Query, description = "Only vehicles of this type"),
        ("mapId" = inline(Option<crate::schemas::LabelSchema>), Query, description = "Only vehicles whose newest position is on this map"),
    ),
    responses((status = 200, description = "The positions", body = PositionListDocument)),
)]
pub(crate) async fn positions(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let survey = app.live_queries.survey(&actor, filter(&request)?).await?;
    Ok(answer::<_, PositionItemDocument>(survey).await)
}

/// List the states of several vehicles
///
/// Returns the states of the vehicles that match all parameters. Vehicles that do not exist, that the caller may not
/// see or that have no state are omitted, even if `ids` names them. Returns 422 if more than 10,000 vehicles match.
/// Beyond the first 500 vehicles, every further 500 vehicles, or part of them, count as one more request.
#[utoipa::path(
    get,
    path = "/api/states",
    tag = "vehicles",
    operation_id = "listStates",
    params(
        ("ids" = inline(Option<crate::schemas::IdsSchema>), Query, style = Form, explode = false, description = "Ids of vehicles, separated by commas; the parameter may also be repeated"),
        ("groupId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only vehicles in this group"),
        ("type" = Option<crate::schemas::words::VehicleType>, Query, description = "Only vehicles of this type"),
        ("mapId" = inline(Option<crate::schemas::LabelSchema>), Query, description = "Only vehicles whose newest position is on this map"),
    ),
    responses((status = 200, description = "The states", body = StateListDocument)),
)]
pub(crate) async fn states(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let survey = app.live_queries.survey(&actor, filter(&request)?).await?;
    Ok(answer::<_, StateItemDocument>(survey).await)
}

fn filter(request: &HttpRequest) -> Result<SurveyFilter> {
    let mut parameters = Parameters::of(request)?;
    let filter = SurveyFilter {
        ids: parameters.take_list("ids", VehicleId::from_str),
        group: parameters.take("groupId", GroupId::from_str),
        kind: parameters.take("type", FromStr::from_str),
        map: parameters.take("mapId", MapId::new),
    };
    parameters.finish_with(filter.check())?;
    Ok(filter)
}

/// Builds the response. A single portion is sent with a `Content-Length`. Longer surveys are streamed portion by
/// portion, so that neither the memory used nor the time between two awaits grows with the fleet.
async fn answer<T, Document>(survey: Survey<T>) -> HttpResponse
where
    T: Aspect,
    Document: From<Sighting<T>> + Serialize + 'static,
{
    let Survey {
        mut portions,
        is_incomplete,
    } = survey;
    let first = portions.next().await.unwrap_or_default();
    let second = portions.next().await;
    let mut start = b"{\"items\":[".to_vec();
    let mut has_items = write::<T, Document>(first, false, &mut start);
    let mut response = HttpResponse::Ok();
    response.content_type("application/json");
    // Read the flag when the stream ends: it is also set if a portion cannot be read while streaming.
    let end = move || format!("],\"isIncomplete\":{}}}", is_incomplete.load(Ordering::Relaxed));
    let Some(second) = second else {
        start.extend(end().into_bytes());
        let mut response = response.body(start);
        // The ages differ every time.
        response.extensions_mut().insert(NeverTheSame);
        return response;
    };
    has_items |= write::<T, Document>(second, has_items, &mut start);
    let rest = stream::unfold((portions, has_items), |(mut portions, has_items)| async move {
        let mut text = Vec::new();
        let wrote = write::<T, Document>(portions.next().await?, has_items, &mut text);
        Some((text, (portions, has_items | wrote)))
    });
    let parts = stream::once(async { start })
        .chain(rest)
        .chain(stream::once(async move { end().into_bytes() }));
    let parts = parts.filter(|part| std::future::ready(!part.is_empty()));
    response.streaming(parts.map(|part| Ok::<_, actix_web::Error>(Bytes::from(part))))
}

/// Appends sightings to a JSON list, with a comma before each except the first of the list. Returns `true` unless
/// `sightings` is empty.
fn write<T, Document>(sightings: Vec<Sighting<T>>, mut has_items: bool, text: &mut Vec<u8>) -> bool
where
    Document: From<Sighting<T>> + Serialize,
{
    let wrote = !sightings.is_empty();
    for sighting in sightings {
        if has_items {
            text.push(b',');
        }
        has_items = true;
        serde_json::to_writer(&mut *text, &Document::from(sighting)).expect("a document serialises to JSON");
    }
    wrote
}
