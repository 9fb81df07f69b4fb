//! Conditional requests: `ETag` and `If-None-Match` (RFC 9110, section 13.1.2).

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody as _},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    middleware::Next,
};

use crate::entity_tags::{digest, is_known};

/// Marks a response, in its extensions, as different every time. Such a response gets no entity tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeverTheSame;

/// Middleware that adds an entity tag to successful responses to GET and HEAD, and returns 304 if `If-None-Match` names
/// the tag.
///
/// Tags that the middleware adds are weak, because they do not depend on the content encoding. Streamed responses and
/// those marked with [`NeverTheSame`] have no tag.
pub(crate) async fn unless_known(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let response = next.call(request).await?;
    if !is_read
        || response.status() != StatusCode::OK
        || response.response().extensions().contains::<NeverTheSame>()
    {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        // The digest of a stream would only be known after it has been sent.
        Err(body) => return Ok(ServiceResponse::new(request, response.set_body(body))),
    };
    if !response.headers().contains_key(header::ETAG)
        && let Ok(tag) = HeaderValue::try_from(format!("W/\"{}\"", digest(&body)))
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let tag = response.headers().get(header::ETAG);
    let has_it = tag
        .and_then(|tag| tag.to_str().ok())
        .is_some_and(|tag| is_known(request.headers(), tag));
    if !has_it {
        return Ok(ServiceResponse::new(
            request,
            response.set_body(BoxBody::new(body)),
        ));
    }
    let mut unchanged = HttpResponse::NotModified();
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            unchanged.append_header((name, value));
        }
    }
    Ok(ServiceResponse::new(request, unchanged.finish()))
}
