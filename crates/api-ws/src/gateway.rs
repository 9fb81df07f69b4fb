//! The HTTP side of `/ws`.

use std::{net::IpAddr, num::NonZeroU32, rc::Rc, sync::Arc, time::Duration};

use actix_http::{ResponseBuilder as HttpResponseBuilder, ws};
use actix_web::{
    HttpRequest, HttpResponse,
    body::BodyStream,
    http::{StatusCode, header},
    web::{self, Payload, ServiceConfig},
};
use application::{identity::Attendance, live::Live, ports::Clock};
use http_edge::{Connections, Gatekeeper, MessageBudget, Place};
use observability::http::RequestId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    handshake::{self, Subprotocol},
    protocol::{Answer, UserInfo},
    refusal::Refusal,
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
    /// How many messages a client may send in a second, in the long run.
    pub messages_per_second: NonZeroU32,
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

/// What a gateway is made of.
#[derive(Clone)]
pub struct GatewayParts {
    /// The live core.
    pub live: Arc<Live>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Asks who calls.
    pub gatekeeper: Gatekeeper,
    /// Counts sockets.
    pub connections: Arc<Connections>,
}

/// The live gateway.
#[derive(Clone)]
pub struct Gateway {
    parts: GatewayParts,
    options: Arc<GatewayOptions>,
    stop: CancellationToken,
}

impl Gateway {
    /// A gateway to a live core. When `stop` is cancelled, its sockets are closed with 1012.
    #[must_use]
    pub fn new(parts: GatewayParts, options: GatewayOptions, stop: CancellationToken) -> Self {
        Self {
            parts,
            options: Arc::new(options),
            stop,
        }
    }

    /// Serves `/ws`.
    pub fn configure(self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self))
            .service(web::resource("/ws").to(open));
    }

    /// Lets a request in, or says why not: nothing is written to who has not shown who it is.
    async fn admit(&self, request: &HttpRequest) -> Result<Admitted, Refusal> {
        if self.stop.is_cancelled() {
            return Err(Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "the server is going down",
            ));
        }
        if !self
            .parts
            .gatekeeper
            .allows_origin(request, &self.options.allowed_origins)
        {
            let detail = "pages of this origin may not open sockets here";
            return Err(Refusal::new(StatusCode::FORBIDDEN, detail));
        }
        let response = ws::handshake(request.head())?;
        let party = self.parts.gatekeeper.receive_handshake(request).await?;
        let address = party.origin.address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        let attendance = party.attend()?;
        let subprotocol = handshake::choose_subprotocol(request.headers()).map_err(|_| {
            let known = Subprotocol::Json.as_str();
            Refusal::new(
                StatusCode::BAD_REQUEST,
                format!("the subprotocol must be {known}"),
            )
        })?;
        let mut place = self.parts.connections.enter(address)?;
        place.give_to(attendance.actor().user_id)?;
        Ok(Admitted {
            response,
            subprotocol,
            attendance,
            place,
        })
    }
}

/// Somebody who comes in.
struct Admitted {
    response: HttpResponseBuilder,
    /// The subprotocol that was agreed upon, if any was offered.
    subprotocol: Option<Subprotocol>,
    attendance: Attendance,
    place: Place,
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
        mut response,
        subprotocol,
        attendance,
        place,
    } = admitted;
    if let Some(subprotocol) = subprotocol {
        response.insert_header((header::SEC_WEBSOCKET_PROTOCOL, subprotocol.as_str()));
    }
    let subprotocol = subprotocol.unwrap_or(Subprotocol::Json);
    let body = start(&gateway, subprotocol, attendance, place, payload);
    response.message_body(BodyStream::new(body)).map_or_else(
        |_| HttpResponse::InternalServerError().finish(),
        |response| HttpResponse::from(response.map_into_boxed_body()),
    )
}

/// Starts the two directions of a connection.
fn start(
    gateway: &Gateway,
    subprotocol: Subprotocol,
    attendance: Attendance,
    place: Place,
    payload: Payload,
) -> Outbound {
    let GatewayParts {
        live,
        clock,
        gatekeeper,
        connections: _,
    } = gateway.parts.clone();
    let options = Arc::clone(&gateway.options);
    let actor = attendance.actor();
    let lanes = Rc::new(Lanes::new());
    let subscriber = Rc::new(live.connect(Arc::clone(&actor.scope), options.interval));
    lanes.answer(answer_frame(&Answer::Welcome {
        session_id: Uuid::now_v7().to_string(),
        user: UserInfo::from(actor),
        interval_ms: millis(options.interval),
        mode: "full",
        server_time: clock.now().wall().as_unix_ms(),
    }));
    let session = Session {
        lanes: Rc::clone(&lanes),
        subscriber: Some(Rc::clone(&subscriber)),
        attendance,
        gatekeeper,
        budget: MessageBudget::new(options.messages_per_second),
        interval: options.interval,
        options,
        clock,
        misbehaviour: Default::default(),
        stall: Default::default(),
        _place: place,
    };
    actix_web::rt::spawn(session.run(payload, gateway.stop.clone()));
    Outbound::new(lanes, Rc::downgrade(&subscriber), subprotocol)
}
