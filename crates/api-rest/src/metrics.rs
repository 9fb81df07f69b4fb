//! `GET /metrics`: all that is measured, for Prometheus.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::Error;
use http_edge::token::{self, Presented};
use observability::{http::RequestId, metrics::MetricsPage};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::problem::Problem;

/// Who may see the metrics.
#[derive(Debug, Clone)]
pub enum MetricsEndpoint {
    /// Everybody who can reach the server.
    Open,
    /// Who shows this token. A scraper has no session, so it is none of a user's.
    Token(SecretString),
    /// Nobody: there is no such endpoint.
    Closed,
}

/// Shows them.
pub(crate) async fn show(
    request: HttpRequest,
    id: RequestId,
    endpoint: Data<MetricsEndpoint>,
    metrics: Data<MetricsPage>,
) -> HttpResponse {
    match &**endpoint {
        MetricsEndpoint::Open => page(&metrics),
        MetricsEndpoint::Token(expected) if is_shown(&request, expected) => page(&metrics),
        MetricsEndpoint::Token(_) => Problem::from(NO_TOKEN).respond(&id),
        MetricsEndpoint::Closed => Problem::no_such_path().respond(&id),
    }
}

const NO_TOKEN: Error = Error::Unauthenticated {
    reason: "the metrics' own token is needed: Authorization: Bearer <token>",
};

/// Compared in constant time, so that it can't be guessed letter by letter.
fn is_shown(request: &HttpRequest, expected: &SecretString) -> bool {
    let Presented::Token(shown) = token::in_header(request.headers()) else {
        return false;
    };
    shown.as_bytes().ct_eq(expected.expose_secret().as_bytes()).into()
}

fn page(metrics: &MetricsPage) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(MetricsPage::CONTENT_TYPE)
        .body(metrics.render())
}
