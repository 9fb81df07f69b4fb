//! The HTTP side of `/ws`.

use std::{rc::Rc, sync::Arc};

use actix_http::ws;
use actix_web::{
    HttpRequest, HttpResponse,
    body::BodyStream,
    http::{StatusCode, header},
    web::{self, Payload, ServiceConfig},
};
use application::{
    identity::LiveSession,
    live::{DeliveryMode, GroupLookup, Live},
    ports::Clock,
};
use http_edge::{
    ConnectionPermit, Connections, MessageBudget, RequestChecks,
    websocket::{KeepAlive, Stall},
};
use observability::http::RequestId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    codec::Codec,
    handshake::{self, Subprotocol},
    options::GatewayOptions,
    protocol::{Answer, UserInfo, mode_word},
    refusal::HandshakeRefusal,
    socket::{Lanes, Outbound, Session, millis},
};

#[derive(Clone)]
pub struct GatewayParts {
    pub live: Arc<Live>,
    pub groups: GroupLookup,
    pub clock: Arc<dyn Clock>,
    /// Authenticates handshakes and limits their rate.
    pub request_checks: RequestChecks,
    pub connections: Arc<Connections>,
}

#[derive(Clone)]
pub struct Gateway {
    parts: GatewayParts,
    options: Arc<GatewayOptions>,
    stop: CancellationToken,
}

impl Gateway {
    /// Creates a gateway. When `stop` is cancelled, its sockets are closed with 1012.
    #[must_use]
    pub fn new(parts: GatewayParts, options: GatewayOptions, stop: CancellationToken) -> Self {
        Self {
            parts,
            options: Arc::new(options),
            stop,
        }
    }

    pub fn configure(self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self))
            .service(web::resource("/ws").to(open));
    }

    /// Admits or refuses a handshake. No WebSocket frame is sent to a client that is not authenticated.
    async fn admit(&self, request: &HttpRequest) -> Result<Admitted, HandshakeRefusal> {
        if self.stop.is_cancelled() {
            return Err(HandshakeRefusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the server is shutting down",
            ));
        }
        let GatewayParts {
            request_checks,
            connections,
            ..
        } = &self.parts;
        let admitted = request_checks.admit_socket(request, &self.options.sockets, connections);
        let (live_session, permit) = admitted.await?;
        let subprotocol = handshake::choose_subprotocol(request.headers()).map_err(|_| {
            let known = Subprotocol::ALL.map(|subprotocol| subprotocol.name).join(", ");
            HandshakeRefusal::new(
                StatusCode::BAD_REQUEST,
                format!("the subprotocol must be one of {known}"),
            )
        })?;
        Ok(Admitted {
            subprotocol,
            live_session,
            permit,
        })
    }
}

struct Admitted {
    /// The negotiated subprotocol; `None` if the client offered none.
    subprotocol: Option<Subprotocol>,
    live_session: LiveSession,
    permit: ConnectionPermit,
}

async fn open(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    payload: Payload,
    id: RequestId,
) -> HttpResponse {
    let admitted = match gateway.admit(&request).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.respond(&id),
    };
    let Admitted {
        subprotocol,
        live_session,
        permit,
    } = admitted;
    // `admit` has verified the handshake, so its response can be built without another check.
    let mut response = ws::handshake_response(request.head());
    if let Some(subprotocol) = subprotocol {
        response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, subprotocol.name));
    }
    let codec = subprotocol.unwrap_or(Subprotocol::JSON).codec;
    let body = start(&gateway, codec, live_session, permit, payload);
    response.message_body(BodyStream::new(body)).map_or_else(
        |_| HttpResponse::InternalServerError().finish(),
        |response| HttpResponse::from(response.map_into_boxed_body()),
    )
}

/// Starts both directions of a connection: the session reads, the returned stream writes.
fn start(
    gateway: &Gateway,
    codec: Codec,
    live_session: LiveSession,
    permit: ConnectionPermit,
    payload: Payload,
) -> Outbound {
    let GatewayParts {
        live,
        groups,
        clock,
        request_checks,
        connections: _,
    } = gateway.parts.clone();
    let options = Arc::clone(&gateway.options);
    let actor = live_session.actor();
    let lanes = Rc::new(Lanes::new());
    let subscriber = Rc::new(live.connect(Arc::clone(&actor.scope), options.interval));
    // Queued before either direction runs, so that it is the first message on the socket.
    lanes.answer(codec.answer(&Answer::Welcome {
        session_id: Uuid::now_v7().to_string(),
        user: UserInfo::from(actor),
        interval_ms: millis(options.interval),
        mode: mode_word(DeliveryMode::default()),
        server_time: clock.now().wall().as_unix_ms(),
    }));
    let mut session = Session {
        lanes: Rc::clone(&lanes),
        codec,
        subscriber: Some(Rc::clone(&subscriber)),
        live_session,
        groups,
        request_checks,
        budget: MessageBudget::new(options.sockets.messages_per_second),
        malformed: MessageBudget::malformed(),
        keep_alive: KeepAlive::new(&options.sockets),
        stall: Stall::new(&options.sockets),
        interval: options.interval,
        mode: DeliveryMode::default(),
        options,
        clock,
        _permit: permit,
    };
    let stop = gateway.stop.clone();
    // By reference: the future of an async function stores its arguments twice, as passed and as used, and a session is
    // large.
    actix_web::rt::spawn(async move { session.run(payload, stop).await });
    Outbound::new(lanes, Rc::downgrade(&subscriber), codec)
}
