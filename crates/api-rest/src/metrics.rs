//! `GET /metrics`: metrics in the Prometheus text format.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, block},
};
use application::Error;
use http_edge::token::{self, Presented};
use observability::{http::RequestId, metrics::MetricsPage};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::problem::Problem;

const NO_TOKEN: Error = Error::Unauthenticated {
    reason: "the metrics token is required: Authorization: Bearer <token>",
};

/// Access to `/metrics`.
#[derive(Debug, Clone)]
pub enum MetricsEndpoint {
    /// Open to every client that can reach the server.
    Open,
    /// Open to clients that present this token. The token is configured, because a scraper cannot log in.
    Token(SecretString),
    /// The endpoint does not exist.
    Closed,
}

pub(crate) async fn show(
    request: HttpRequest,
    id: RequestId,
    endpoint: Data<MetricsEndpoint>,
    metrics: Data<MetricsPage>,
) -> HttpResponse {
    match &**endpoint {
        MetricsEndpoint::Open => page(metrics, &id).await,
        MetricsEndpoint::Token(expected) if is_shown(&request, expected) => page(metrics, &id).await,
        MetricsEndpoint::Token(_) => Problem::from(NO_TOKEN).respond(&id),
        MetricsEndpoint::Closed => Problem::no_such_path().respond(&id),
    }
}

/// Returns `true` if the request presents the token. The comparison takes constant time, so the token cannot be guessed
/// byte by byte.
fn is_shown(request: &HttpRequest, expected: &SecretString) -> bool {
    let Presented::Token(shown) = token::in_header(request.headers()) else {
        return false;
    };
    shown.as_bytes().ct_eq(expected.expose_secret().as_bytes()).into()
}

/// Renders the page on a thread that may block, so that the requests of other clients do not wait for it.
async fn page(metrics: Data<MetricsPage>, id: &RequestId) -> HttpResponse {
    match block(move || metrics.render()).await {
        Ok(page) => HttpResponse::Ok()
            .content_type(MetricsPage::CONTENT_TYPE)
            .body(page),
        Err(error) => Problem::from(Error::internal(error)).respond(id),
    }
}
