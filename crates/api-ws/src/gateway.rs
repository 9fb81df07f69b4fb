//! The HTTP side of `/ws`.

use std::{net::IpAddr, rc::Rc, sync::Arc, time::Duration};

use actix_http::ws::{self, HandshakeError};
use actix_web::{
    HttpRequest, HttpResponse,
    body::BodyStream,
    http::{StatusCode, header},
    web::{self, Payload, ServiceConfig},
};
use application::{Actor, live::Live, ports::Clock};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    connections::{Connections, Refusal},
    handshake::{self, Subprotocol},
    protocol::{Answer, UserInfo},
    socket::{Lanes, Outbound, Session, answer_frame, millis},
};

/// How the gateway behaves.
#[derive(Debug, Clone)]
pub struct GatewayOptions {
    /// The pace of a socket that has not asked for another.
    pub interval: Duration,
    /// The longest message of a client, in bytes.
    pub max_message_bytes: usize,
    /// How often a client is pinged.
    pub ping_interval: Duration,
    /// How long a ping may stay unanswered.
    pub pong_timeout: Duration,
    /// How long nothing may be written to a client that has something to read.
    pub send_timeout: Duration,
    /// The origins whose pages may open sockets, beside the server's own; `*` for all.
    pub allowed_origins: Vec<String>,
}

impl GatewayOptions {
    /// How often a connection's health is looked at.
    pub(crate) fn beat(&self) -> Duration {
        let shortest = self.ping_interval.min(self.pong_timeout).min(self.send_timeout);
        (shortest / 4).clamp(Duration::from_millis(20), Duration::from_secs(5))
    }

    /// When a client should come back after a restart: spread over some seconds.
    pub(crate) fn retry_after_ms(&self) -> u32 {
        500 + Uuid::new_v4().as_fields().0 % 4_500
    }
}

/// The live gateway.
#[derive(Clone)]
pub struct Gateway {
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
    options: Arc<GatewayOptions>,
    connections: Arc<Connections>,
    stop: CancellationToken,
}

impl Gateway {
    /// A gateway to a live core. When `stop` is cancelled, its sockets are closed with 1012.
    #[must_use]
    pub fn new(
        live: Arc<Live>,
        clock: Arc<dyn Clock>,
        options: GatewayOptions,
        connections: Arc<Connections>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            live,
            clock,
            options: Arc::new(options),
            connections,
            stop,
        }
    }

    /// Serves `/ws`.
    pub fn configure(self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self))
            .route("/ws", web::get().to(open));
    }

    fn admit(&self, request: &HttpRequest) -> Result<Option<Subprotocol>, (StatusCode, String)> {
        if self.stop.is_cancelled() {
            return Err((
                StatusCode::SERVICE_UNAVAILABLE,
                "the server is going down".to_owned(),
            ));
        }
        if !handshake::is_origin_allowed(request.headers(), &self.options.allowed_origins) {
            return Err((
                StatusCode::FORBIDDEN,
                "pages of this origin may not open sockets here".to_owned(),
            ));
        }
        handshake::choose_subprotocol(request.headers()).map_err(|_| {
            let known = Subprotocol::Json.as_str();
            (
                StatusCode::BAD_REQUEST,
                format!("the subprotocol must be {known}"),
            )
        })
    }

    /// On whose behalf a socket asks: as long as nobody has to log in, the administrator of this machine.
    fn actor(&self) -> Actor {
        Actor::local_administrator()
    }
}

async fn open(gateway: web::Data<Gateway>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let subprotocol = match gateway.admit(&request) {
        Ok(subprotocol) => subprotocol,
        Err((status, detail)) => return refusal(status, &detail),
    };
    let mut response = match ws::handshake(request.head()) {
        Ok(response) => response,
        Err(error) => return not_a_handshake(&error),
    };
    let address = request
        .peer_addr()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
    let place = match gateway.connections.enter(address) {
        Ok(place) => place,
        Err(Refusal::Full) => return refusal(StatusCode::SERVICE_UNAVAILABLE, "too many connections"),
        Err(Refusal::TooManyFromAddress) => {
            return refusal(
                StatusCode::TOO_MANY_REQUESTS,
                "too many connections from this address",
            );
        }
    };
    if let Some(subprotocol) = subprotocol {
        response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, subprotocol.as_str()));
    }
    let body = start(&gateway, subprotocol.unwrap_or(Subprotocol::Json), place, payload);
    response.message_body(BodyStream::new(body)).map_or_else(
        |_| HttpResponse::InternalServerError().finish(),
        |response| HttpResponse::from(response.map_into_boxed_body()),
    )
}

/// Starts the two directions of a connection.
fn start(
    gateway: &Gateway,
    subprotocol: Subprotocol,
    place: crate::connections::Place,
    payload: Payload,
) -> Outbound {
    let actor = gateway.actor();
    let options = Arc::clone(&gateway.options);
    let lanes = Rc::new(Lanes::new());
    let subscriber = Rc::new(gateway.live.connect(actor.scope.clone(), options.interval));
    lanes.answer(answer_frame(&Answer::Welcome {
        session_id: Uuid::now_v7().to_string(),
        user: UserInfo::from(&actor),
        interval_ms: millis(options.interval),
        mode: "full",
        server_time: gateway.clock.now().wall().as_unix_ms(),
    }));
    let session = Session {
        lanes: Rc::clone(&lanes),
        subscriber: Some(Rc::clone(&subscriber)),
        interval: options.interval,
        options,
        clock: Arc::clone(&gateway.clock),
        misbehaviour: Default::default(),
        stall: Default::default(),
        _place: place,
    };
    actix_web::rt::spawn(session.run(payload, gateway.stop.clone()));
    Outbound::new(lanes, Rc::downgrade(&subscriber), subprotocol)
}

fn not_a_handshake(error: &HandshakeError) -> HttpResponse {
    match error {
        HandshakeError::UnsupportedVersion => HttpResponse::build(StatusCode::UPGRADE_REQUIRED)
            .insert_header((header::SEC_WEBSOCKET_VERSION, "13"))
            .json(problem(
                StatusCode::UPGRADE_REQUIRED,
                "the WebSocket version must be 13",
            )),
        HandshakeError::NoWebsocketUpgrade | HandshakeError::NoConnectionUpgrade => {
            HttpResponse::build(StatusCode::UPGRADE_REQUIRED)
                .insert_header((header::UPGRADE, "websocket"))
                .json(problem(
                    StatusCode::UPGRADE_REQUIRED,
                    "this address speaks WebSocket only",
                ))
        }
        other => refusal(StatusCode::BAD_REQUEST, &other.to_string()),
    }
}

fn refusal(status: StatusCode, detail: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    ) {
        response.insert_header((header::RETRY_AFTER, "1"));
    }
    response
        .content_type("application/problem+json")
        .json(problem(status, detail))
}

/// A problem as RFC 9457 writes it.
fn problem(status: StatusCode, detail: &str) -> serde_json::Value {
    serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    })
}
