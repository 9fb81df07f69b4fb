use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, Payload},
};
use application::{Application, ports::Mode};
use bytes::Bytes;
use domain::OrganizationId;
use futures::{StreamExt as _, stream};
use import_export::Format;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::filter;
use crate::{
    body,
    caller::{Caller, request_checks_of},
    parameters::{Parameters, flag},
    problem::Result,
};

/// Maximum size of an imported file, in bytes.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// Result of an import.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Imported)]
pub(crate) struct ImportedDocument {
    /// Number of vehicles in the file.
    imported: usize,
    /// Whether the file was only checked, and nothing was registered.
    dry_run: bool,
}

/// Import vehicles from a file
///
/// Registers all vehicles in the file, or none. Reads the formats that the export writes: JSON lines, or CSV with a
/// header row and cells separated by `,`, `;` or a tab. Reports the first 100 faults at once, with their lines. An `id`
/// must be that of a deleted vehicle of the organisation, which is then restored. Administrators of all organisations
/// may also use ids that are not in use. Only one import into an organisation runs at a time. An import that cannot
/// start within a few seconds returns 429. Requires the role ADMIN.
#[utoipa::path(
    post,
    path = "/api/vehicles/import",
    tag = "vehicles",
    operation_id = "importVehicles",
    params(
        ("dryRun" = Option<bool>, Query, description = "Only checks the file; nothing is registered"),
        ("organizationId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Organisation of the vehicles. The default is the caller's own organisation"),
    ),
    request_body(content(
        (String = "text/csv", example = "type,name,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity,details.mastHeight\nFORKLIFT,Lift 1,Acme,2,1500,20000,2.1\n"),
        (String = "application/x-ndjson", example = "{\"type\": \"FORKLIFT\", \"name\": \"Lift 1\", \"manufacturer\": \"Acme\", \"specification\": {\"maxSpeed\": 2, \"maxLoad\": 1500, \"batteryCapacity\": 20000}, \"details\": {}}\n"),
    )),
    responses((status = 200, description = "The result", body = ImportedDocument)),
)]
pub(crate) async fn import(
    request: HttpRequest,
    payload: Payload,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    app.vehicles.may_import(&actor)?;
    let mut parameters = Parameters::of(&request)?;
    let dry_run = parameters.take("dryRun", flag).unwrap_or(false);
    let organization = parameters.take("organizationId", str::parse::<OrganizationId>);
    parameters.finish()?;
    let format = match body::media_type(&request).as_deref() {
        Some("text/csv") => Format::Csv,
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => Format::JsonLines,
        _ => return Err(body::wrong_type("text/csv or application/x-ndjson")),
    };
    let file = body::bytes(&request, payload, MAX_FILE_BYTES).await?;
    let import = app.vehicles.begin_import(&actor, organization).await?;
    let vehicles = request_checks_of(&request)
        .parse_body(file, move |file| format.read(file))
        .await?;
    let mode = if dry_run { Mode::Rehearse } else { Mode::Apply };
    let imported = import.register(&actor, vehicles, mode).await?;
    Ok(HttpResponse::Ok().json(ImportedDocument { imported, dry_run }))
}

/// Export vehicles to a file
///
/// Exports the vehicles in order of registration, as JSON lines or CSV that can be imported elsewhere. With
/// `excel=true`, the file is CSV for spreadsheets: it begins with a byte order mark, and texts that a spreadsheet might
/// execute as formulas are neutralised with apostrophes, which the import removes.
#[utoipa::path(
    get,
    path = "/api/vehicles/export",
    tag = "vehicles",
    operation_id = "exportVehicles",
    params(
        ("format" = inline(Option<crate::schemas::FormatSchema>), Query, description = "`csv` or `jsonl`. The default is `jsonl`"),
        ("excel" = Option<bool>, Query, description = "Writes CSV for spreadsheets. `format` must not be `jsonl`"),
        ("type" = Option<crate::schemas::words::VehicleType>, Query, description = "Only vehicles of this type"),
        ("status" = Option<crate::schemas::words::VehicleStatus>, Query, description = "Only vehicles in this status"),
        ("enabled" = Option<bool>, Query, description = "`true` for enabled vehicles only, `false` for disabled ones only"),
        ("groupId" = inline(Option<crate::schemas::IdSchema>), Query, description = "Only vehicles in this group"),
        ("search" = inline(Option<crate::schemas::SearchSchema>), Query, description = "Only vehicles whose name, manufacturer or model contains this text, ignoring case. An empty text has no effect"),
    ),
    responses((status = 200, description = "The file", content(
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    ))),
)]
pub(crate) async fn export(
    request: HttpRequest,
    Caller(actor): Caller,
    app: Data<Application>,
) -> Result<HttpResponse> {
    let mut parameters = Parameters::of(&request)?;
    let format = parameters.take("format", str::parse::<Format>);
    let format = match (format, parameters.take("excel", |text| for_excel(text, format))) {
        (_, Some(true)) => Format::ExcelCsv,
        (format, _) => format.unwrap_or(Format::JsonLines),
    };
    let filter = filter(&mut parameters);
    parameters.finish()?;
    let mut portions = app.vehicles.export(&actor, filter);
    // Read the first portion before the response starts, so that an unavailable registry still causes a 503.
    let first = portions.next().await.transpose()?.unwrap_or_default();
    let rest = portions.map(move |portion| portion.map(|vehicles| Bytes::from(format.portion(&vehicles))));
    let file = stream::iter([
        Ok(Bytes::from(format.header())),
        Ok(Bytes::from(format.portion(&first))),
    ])
    .chain(rest)
    .filter(|part| std::future::ready(part.as_ref().map_or(true, |bytes| !bytes.is_empty())))
    .map(|part| {
        part.inspect_err(|error| {
            tracing::warn!(error = error as &dyn std::error::Error, "an export was aborted");
        })
    });
    let name = format!("attachment; filename=\"vehicles.{}\"", format.extension());
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(file))
}

/// Parses `excel`, which cannot be combined with JSON lines.
fn for_excel(text: &str, format: Option<Format>) -> Result<bool, &'static str> {
    let is_for_excel = flag(text)?;
    if is_for_excel && format == Some(Format::JsonLines) {
        return Err("must not be true if format is jsonl");
    }
    Ok(is_for_excel)
}
