//! Who did what.

mod representation;

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::{Application, audit::AuditQuery, ports::AuditFilter};
use domain::{AuditAction, UserId, VehicleId};
use futures::try_join;
use representation::{AuditDocument, AuditPage};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{caller::Caller, listing::PageDocument, parameters::Parameters, problem::Result};

/// A page of the audit log
///
/// The newest entries first; nothing is ever taken away. For administrators; one of an organisation sees what concerns
/// that organisation.
#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "audit",
    operation_id = "listAudit",
    params(
        ("actorId" = inline(Option<crate::schemas::IdSchema>), Query, description = "What this user did"),
        ("action" = Option<crate::schemas::words::AuditAction>, Query, description = "What was done"),
        ("subjectId" = inline(Option<crate::schemas::IdSchema>), Query, description = "To this vehicle, group, organisation, user, grant or session"),
        ("from" = inline(Option<crate::schemas::TimeSchema>), Query, description = "Not before this time"),
        ("to" = inline(Option<crate::schemas::TimeSchema>), Query, description = "Before this time"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "How many at most"),
        ("after" = Option<String>, Query, description = "The `endCursor` of the page before"),
    ),
    responses((status = 200, description = "The page", body = AuditPage)),
)]
pub(crate) async fn list(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let query = AuditQuery {
        filter: AuditFilter {
            actor: parameters.take("actorId", UserId::from_str),
            action: parameters.take("action", AuditAction::from_str),
            // Ids of all kinds are spelled alike.
            subject: parameters
                .take("subjectId", VehicleId::from_str)
                .map(|id| *id.as_uuid()),
            from: parameters.take("from", time),
            to: parameters.take("to", time),
        },
        page: parameters.page(),
    };
    parameters.finish()?;
    let (page, total_count) = try_join!(
        app.audit.list(&actor, &query),
        app.audit.count(&actor, &query.filter),
    )?;
    let page = PageDocument::of(&page, total_count, |entry| AuditDocument::from(entry));
    Ok(HttpResponse::Ok().json(page))
}

fn time(text: &str) -> Result<OffsetDateTime, &'static str> {
    // A plus that is not escaped is a space in a query string.
    let text = text.replace(' ', "+");
    OffsetDateTime::parse(&text, &Rfc3339)
        .map_err(|_| "must be a time of RFC 3339 such as 2026-01-31T12:00:00Z")
}
