//! `GET /metrics`: all that is measured, for Prometheus.

use actix_web::{HttpRequest, HttpResponse, web::Data};
use application::Error;
use http_edge::token::{self, Shown};
use observability::{http::RequestId, metrics::MetricsPage};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::problem::Problem;

/// Who may see the metrics.
#[derive(Debug, Clone)]
pub enum MetricsDoor {
    /// Everybody who can reach the server.
    Open,
    /// Who shows this token. A scraper has no session, so it is none of a user's.
    Token(SecretString),
    /// Nobody: there is no such door.
    Closed,
}

/// Shows them.
pub(crate) async fn show(
    request: HttpRequest,
    id: RequestId,
    door: Data<MetricsDoor>,
    metrics: Data<MetricsPage>,
) -> HttpResponse {
    match &**door {
        MetricsDoor::Open => page(&metrics),
        MetricsDoor::Token(expected) if is_shown(&request, expected) => page(&metrics),
        MetricsDoor::Token(_) => Problem::from(NO_TOKEN).respond(&id),
        MetricsDoor::Closed => Problem::no_such_path().respond(&id),
    }
}

const NO_TOKEN: Error = Error::Unauthenticated {
    reason: "the metrics' own token is needed: Authorization: Bearer <token>",
};

/// Compared in constant time, so that it can't be guessed letter by letter.
fn is_shown(request: &HttpRequest, expected: &SecretString) -> bool {
    let Shown::Token(shown) = token::in_header(request.headers()) else {
        return false;
    };
    shown.as_bytes().ct_eq(expected.expose_secret().as_bytes()).into()
}

fn page(metrics: &MetricsPage) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(MetricsPage::CONTENT_TYPE)
        .body(metrics.render())
}
