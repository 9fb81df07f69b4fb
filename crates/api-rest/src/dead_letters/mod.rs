//! Dead letters: rejected messages from robots.

mod batch;
mod representation;

use std::str::FromStr;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use application::{
    Application,
    dead_letters::{DeadLetterFilter, DeadLetterQuery},
    ports::DeadLetterId,
    telemetry::Reason,
};
use domain::VehicleId;
use futures::try_join;

use crate::{
    caller::Caller,
    listing::PageDocument,
    parameters::{self, Parameters},
    problem::Result,
};

pub(crate) use batch::{__path_drop_batch, __path_replay_batch, drop_batch, replay_batch};
use representation::DeadLetterPage;
pub use representation::{DeadLetterDocument, ReplayDocument};

/// List dead letters
///
/// A dead letter is a rejected message from a robot. Returns the newest letters first. Requires the role ADMIN.
/// Administrators of an organisation only see the letters that name a vehicle of the organisation.
#[utoipa::path(
    get,
    path = "/api/dead-letters",
    tag = "dead-letters",
    operation_id = "listDeadLetters",
    params(
        ("reason" = Option<crate::schemas::words::RejectionReason>, Query, description = "Only letters whose messages were rejected for this reason"),
        ("vehicleId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only letters that name this vehicle"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of items on the page"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous page; empty for the first page"),
    ),
    responses((status = 200, description = "A page of dead letters", body = DeadLetterPage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let query = query(&mut parameters);
    parameters.finish_with(query.check())?;
    let letters = &app.dead_letters;
    let (page, total_count) = try_join!(letters.list(&actor, &query), letters.count(&actor, &query.filter))?;
    let page = PageDocument::of(&page, total_count, |stored| DeadLetterDocument::from(stored));
    Ok(HttpResponse::Ok().json(page))
}

/// Get a dead letter
///
/// Requires the role ADMIN.
#[utoipa::path(
    get,
    path = "/api/dead-letters/{id}",
    tag = "dead-letters",
    operation_id = "getDeadLetter",
    params(("id" = inline(crate::schemas::DeadLetterIdSchema), Path, description = "Id of the dead letter")),
    responses((status = 200, description = "The dead letter", body = DeadLetterDocument)),
)]
pub(crate) async fn get(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: DeadLetterId = parameters::id("id", &path)?;
    let stored = app.dead_letters.get(&actor, id).await?;
    Ok(HttpResponse::Ok().json(DeadLetterDocument::from(&stored)))
}

/// Replay a dead letter
///
/// Judges the message by the rules for messages from robots, as if its robot had sent it again now. If the message is
/// accepted, it is published on its channel, so that all servers receive it, and the letter is deleted. If it would be
/// rejected again, nothing is published, and the letter remains. If several callers replay or drop the letter at the
/// same time, one of them succeeds, and the others get 404. Returns 409 if the letter does not contain the whole
/// message: only its first 4 KiB are kept, and without Redis, none of it is kept. Requires the role ADMIN.
#[utoipa::path(
    post,
    path = "/api/dead-letters/{id}/replay",
    tag = "dead-letters",
    operation_id = "replayDeadLetter",
    params(("id" = inline(crate::schemas::DeadLetterIdSchema), Path, description = "Id of the dead letter")),
    responses((status = 200, description = "Whether the message was accepted", body = ReplayDocument)),
)]
pub(crate) async fn replay(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: DeadLetterId = parameters::id("id", &path)?;
    let outcome = app.dead_letters.replay_one(&actor, id).await?;
    Ok(HttpResponse::Ok().json(ReplayDocument::from(outcome)))
}

/// Drop a dead letter
///
/// If several callers drop or replay the letter at the same time, one of them succeeds, and the others get 404.
/// Requires the role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/dead-letters/{id}",
    tag = "dead-letters",
    operation_id = "dropDeadLetter",
    params(("id" = inline(crate::schemas::DeadLetterIdSchema), Path, description = "Id of the dead letter")),
    responses((status = 204, description = "The dead letter was deleted")),
)]
pub(crate) async fn discard(
    path: Path<String>,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let id: DeadLetterId = parameters::id("id", &path)?;
    app.dead_letters.drop_one(&actor, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes `reason`, `vehicleId`, `first` and `after`.
fn query(parameters: &mut Parameters) -> DeadLetterQuery {
    let filter = DeadLetterFilter {
        reason: parameters.take("reason", Reason::from_str),
        vehicle: parameters.take("vehicleId", VehicleId::from_str),
    };
    let page = parameters.page();
    DeadLetterQuery {
        filter,
        first: page.first,
        after: page.after,
    }
}
