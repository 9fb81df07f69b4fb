//! Tracking of requests on their connections.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, StatusCode},
    middleware::Next,
    web::{Bytes, Data},
};

use super::{ClientConnections, client_stream::Tracker, connection::Connection};

/// Middleware that tracks on each connection whether a request is being served, from its head to the last byte of the
/// response. An open socket is treated as an unfinished response. Register it outside all middleware that reads
/// requests or responds to them.
///
/// # Errors
/// Returns the errors of the inner service.
pub async fn track_requests(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let tracker = request.request().conn_data::<Tracker>().cloned();
    let all = request.app_data::<Data<Arc<ClientConnections>>>().cloned();
    // Begin before the body is read: otherwise the connection would appear idle, and might be closed to make room.
    let served = tracker.map(|Tracker(connection)| Served::begin(connection));
    let mut response = next.call(request).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let is_draining = all.is_some_and(|all| all.is_draining());
        if is_draining || is_refused_upgrade(&response) {
            let head = response.response_mut().head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
    } else if let (Some(all), Some(served)) = (all, &served) {
        // Sockets have separate limits, so they no longer count towards the limit of the address.
        all.stops_counting(&served.0);
        served.0.becomes_socket();
    }
    Ok(response.map_body(|_, body| TrackedBody {
        body: body.boxed(),
        _served: served,
    }))
}

/// Returns `true` for the response to a refused upgrade. Its connection is closed after the response, which must
/// announce that: otherwise, a client might send its next request on it.
fn is_refused_upgrade<B>(response: &ServiceResponse<B>) -> bool {
    response.request().head().connection_type() == ConnectionType::Upgrade
}

/// Marks a request as being served until it is dropped.
struct Served(Arc<Connection>);

impl Served {
    fn begin(connection: Arc<Connection>) -> Self {
        connection.request_begins();
        Self(connection)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.request_ends();
    }
}

/// Marks a request body as arriving until it is dropped.
pub(crate) struct Receiving(Option<Arc<Connection>>);

impl Receiving {
    pub(crate) fn begin(request: &HttpRequest) -> Self {
        let tracker = request.conn_data::<Tracker>().cloned();
        let connection = tracker.map(|Tracker(connection)| connection);
        if let Some(connection) = &connection {
            connection.body_begins();
        }
        Self(connection)
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        if let Some(connection) = &self.0 {
            connection.body_ends();
        }
    }
}

/// A response body. Dropping it marks the request as served.
struct TrackedBody {
    body: BoxBody,
    _served: Option<Served>,
}

impl MessageBody for TrackedBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
