//! `GET /.well-known/jwks.json`: public keys for verifying access tokens (RFC 7517).

use actix_web::{HttpResponse, http::header, web::Data};
use serde_json::Value;

/// `Cache-Control` of the key set: clients may cache the keys for five minutes.
const MAX_AGE: &str = "public, max-age=300";

pub(crate) struct KeySet(pub(crate) Value);

pub(crate) async fn show(keys: Data<KeySet>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, MAX_AGE))
        .json(&keys.0)
}
