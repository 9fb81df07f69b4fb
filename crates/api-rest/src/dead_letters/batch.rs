//! Operations on several dead letters.

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::{Application, dead_letters::DeadLetterBatch, ports::DeadLetterId};

use super::{
    query,
    representation::{DroppedDocument, ReplayedDocument},
};
use crate::{
    caller::Caller,
    parameters::{Parameters, flag},
    problem::Result,
};

/// Replay several dead letters
///
/// Replays the oldest letters that match all parameters, in order. At most 100 of their messages are published per
/// second, so that they do not delay messages from robots. `reason`, `vehicleId` or `all=true` is required. Letters
/// that would be rejected again, or that do not contain the whole message, remain: pass `endCursor` as `after` to
/// continue after them. Letters that another caller replays or drops at the same time are not counted. Only one replay
/// of several letters runs at a time; a request that has waited for 15 seconds returns 429. Requires the role ADMIN.
#[utoipa::path(
    post,
    path = "/api/dead-letters/replay",
    tag = "dead-letters",
    operation_id = "replayDeadLetters",
    params(
        ("reason" = Option<crate::schemas::words::RejectionReason>, Query, description = "Only letters whose messages were rejected for this reason"),
        ("vehicleId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only letters that name this vehicle"),
        ("all" = Option<bool>, Query, description = "Affects letters regardless of their reason and vehicle; cannot be combined with `reason` or `vehicleId`"),
        ("until" = inline(Option<crate::schemas::DeadLetterIdSchema>), Query, description = "Id of the last letter that may be affected, which excludes letters that are stored later"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of letters"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous request; empty for the first request"),
    ),
    responses((status = 200, description = "Numbers of accepted and rejected letters", body = ReplayedDocument)),
)]
pub(crate) async fn replay_batch(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.dead_letters.may_manage(&actor)?;
    let replayed = app.dead_letters.replay_batch(&actor, &batch(&request)?).await?;
    Ok(HttpResponse::Ok().json(ReplayedDocument::from(replayed)))
}

/// Drop several dead letters
///
/// Deletes the oldest letters that match all parameters. `reason`, `vehicleId` or `all=true` is required. Letters that
/// another caller replays or drops at the same time are not counted. Requires the role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/dead-letters",
    tag = "dead-letters",
    operation_id = "dropDeadLetters",
    params(
        ("reason" = Option<crate::schemas::words::RejectionReason>, Query, description = "Only letters whose messages were rejected for this reason"),
        ("vehicleId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only letters that name this vehicle"),
        ("all" = Option<bool>, Query, description = "Affects letters regardless of their reason and vehicle; cannot be combined with `reason` or `vehicleId`"),
        ("until" = inline(Option<crate::schemas::DeadLetterIdSchema>), Query, description = "Id of the last letter that may be affected, which excludes letters that are stored later"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of letters"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous request; empty for the first request"),
    ),
    responses((status = 200, description = "Number of deleted letters", body = DroppedDocument)),
)]
pub(crate) async fn drop_batch(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.dead_letters.may_manage(&actor)?;
    let dropped = app.dead_letters.drop_batch(&actor, &batch(&request)?).await?;
    Ok(HttpResponse::Ok().json(DroppedDocument::from(dropped)))
}

/// Reads the parameters of a batch. A filter that was forgotten must not affect all letters.
fn batch(request: &HttpRequest) -> Result<DeadLetterBatch> {
    let mut parameters = Parameters::of(request)?;
    let is_filtered = ["reason", "vehicleId"]
        .iter()
        .any(|name| parameters.has(name) || parameters.is_faulty(name));
    let query = query(&mut parameters);
    let is_of_all = parameters.take("all", flag).unwrap_or_default();
    if !parameters.is_faulty("all") {
        match (is_filtered, is_of_all) {
            (false, false) => {
                parameters.fault("all", "must be true if neither reason nor vehicleId is given");
            }
            (true, true) => parameters.fault("all", "must not be true together with reason or vehicleId"),
            _ => {}
        }
    }
    let until = parameters.take("until", DeadLetterId::from_str);
    let batch = DeadLetterBatch { query, until };
    parameters.finish_with(batch.check())?;
    Ok(batch)
}
