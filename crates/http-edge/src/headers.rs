//! Rate limit headers in responses (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>).

use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};

use crate::quotas::Balance;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Middleware that adds rate limit headers to the response if the request was charged.
///
/// # Errors
/// Returns the errors of the inner service.
pub async fn with_rate_limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let balance = response.request().extensions().get::<Balance>().copied();
    if let Some(balance) = balance {
        add(response.headers_mut(), balance);
    }
    Ok(response)
}

/// Adds `RateLimit-Policy` (calls per window, and the window in seconds) and `RateLimit` (calls left, and seconds until
/// the full quota is available again).
fn add(headers: &mut HeaderMap, balance: Balance) {
    let window = balance.burst.div_ceil(balance.per_second);
    let texts = [
        (POLICY, format!(r#""api";q={};w={window}"#, balance.burst)),
        (
            LIMIT,
            format!(r#""api";r={};t={}"#, balance.remaining, balance.full_after_s()),
        ),
    ];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
}
