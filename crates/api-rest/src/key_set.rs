//! `GET /.well-known/jwks.json`: the public keys of the access tokens (RFC 7517).

use actix_web::{HttpResponse, http::header, web::Data};
use serde_json::Value;

/// Time for which clients may cache the keys. A new key should be published for at least this long before it is used.
const MAX_AGE: &str = "public, max-age=300";

pub(crate) struct KeySet(pub(crate) Value);

pub(crate) async fn show(keys: Data<KeySet>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, MAX_AGE))
        .json(&keys.0)
}
