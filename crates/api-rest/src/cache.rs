//! Endpoint that clears the cache of positions and states.

use actix_web::{HttpResponse, web::Data};
use application::Application;

use crate::{caller::Caller, problem::Result};

/// Clear the cache
///
/// Clears the cache of positions and states that the responding server has read from the live keys. Positions are
/// cached for one second and states for five seconds, so this is only needed after another program has changed the live
/// keys. Requires the role ADMIN.
#[utoipa::path(
    delete,
    path = "/api/cache",
    tag = "cache",
    operation_id = "clearCache",
    responses((status = 204, description = "The cache is empty")),
)]
pub(crate) async fn clear(Caller(actor): Caller, app: Data<Application>) -> Result<HttpResponse> {
    app.live_queries.clear_cache(&actor)?;
    Ok(HttpResponse::NoContent().finish())
}
