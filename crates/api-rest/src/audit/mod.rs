mod representation;

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::{Application, audit::AuditQuery, ports::AuditFilter};
use domain::{AuditAction, UserId, VehicleId};
use futures::try_join;
use representation::{AuditDocument, AuditPage};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{caller::Caller, listing::PageDocument, parameters::Parameters, problem::Result};

/// List the entries of the audit log
///
/// Returns the newest entries first. Entries are never removed. Requires the role ADMIN. Administrators of an
/// organisation only see the entries that concern the organisation.
#[utoipa::path(
    get,
    path = "/api/audit",
    tag = "audit",
    operation_id = "listAudit",
    params(
        ("actorId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only entries about actions of this user"),
        ("action" = Option<crate::schemas::words::AuditAction>, Query, description = "Only entries about this action"),
        ("subjectId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only entries about the vehicle (including its dead letters), group, organisation, user, grant or session with this id"),
        ("from" = inline(Option<crate::schemas::TimeSchema>), Query, description = "Earliest time, inclusive"),
        ("to" = inline(Option<crate::schemas::TimeSchema>), Query, description = "Latest time, exclusive"),
        ("first" = inline(Option<crate::schemas::FirstSchema>), Query, description = "Maximum number of items on the page"),
        ("after" = Option<String>, Query, description = "`endCursor` of the previous page; empty for the first page"),
    ),
    responses((status = 200, description = "A page of entries", body = AuditPage)),
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
            // Ids of all kinds have the same syntax, so any id type can parse the subject.
            subject: parameters
                .take("subjectId", VehicleId::from_str)
                .map(|id| *id.as_uuid()),
            from: parameters.take("from", time),
            to: parameters.take("to", time),
        },
        page: parameters.page(),
    };
    parameters.finish_with(query.check())?;
    let (page, total_count) = try_join!(
        app.audit.list(&actor, &query),
        app.audit.count(&actor, &query.filter),
    )?;
    let page = PageDocument::of(&page, total_count, |entry| AuditDocument::from(entry));
    Ok(HttpResponse::Ok().json(page))
}

fn time(text: &str) -> Result<OffsetDateTime, &'static str> {
    // An unescaped plus in a query string is decoded as a space.
    let text = text.replace(' ', "+");
    OffsetDateTime::parse(&text, &Rfc3339)
        .map_err(|_| "must be an RFC 3339 time such as 2026-01-31T12:00:00Z")
}
