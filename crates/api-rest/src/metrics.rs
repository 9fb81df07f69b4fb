use actix_web::{HttpResponse, web::Data};
use observability::metrics::MetricsPage;

/// `GET /metrics`: all that is measured.
pub(crate) async fn show(metrics: Data<MetricsPage>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(MetricsPage::CONTENT_TYPE)
        .body(metrics.render())
}
