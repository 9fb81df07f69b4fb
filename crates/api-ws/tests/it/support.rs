//! Test gateways on free ports, and clients for them.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle};
use adapters_memory::clock::SystemClock;
use adapters_memory::registry::MemoryRegistry;
use api_ws::{Gateway, GatewayOptions, GatewayParts};
use application::{
    live::{GroupLookup, Live, LiveRules, workers::Ticker},
    ports::{Clock, GroupRepository},
    telemetry::{Channel, Content, Inbound, Item, Report},
};
use bytes::Bytes;
use domain::{
    OrganizationId, VehicleId,
    telemetry::{
        ErrorCode, FreshnessRules, PlausibilityRules, Rotation, Timestamp, VehiclePosition,
        VehicleRuntimeState,
    },
    vehicle::{
        ForkliftDetails, Manufacturer, Vehicle, VehicleDetails, VehicleName, VehicleSpecification,
        VehicleStatus, Version,
    },
};
use futures::{SinkExt as _, StreamExt as _};
use http_edge::{ConnectionLimits, Connections, websocket::SocketRules};
use serde_json::{Value, json};
use test_application::staff::{Member, Staff};
use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest as _, http::HeaderValue},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Time after which a test gives up waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway and its live core.
pub(crate) struct TestGateway {
    pub(crate) live: Arc<Live>,
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) registry: Arc<MemoryRegistry>,
    pub(crate) staff: Staff,
    /// The user of the clients for which a test specifies no other user.
    pub(crate) administrator: Member,
    server: ServerHandle,
}

pub(crate) fn options() -> GatewayOptions {
    GatewayOptions {
        interval: Duration::from_millis(20),
        sockets: socket_rules(),
    }
}

pub(crate) fn socket_rules() -> SocketRules {
    SocketRules {
        messages_per_second: NonZeroU32::new(1_000).expect("not zero"),
        allowed_origins: vec!["https://screens.example".to_owned()],
        ..SocketRules::default()
    }
}

pub(crate) const fn limits(all: usize, per_address: usize, per_user: usize) -> ConnectionLimits {
    ConnectionLimits {
        all,
        per_address,
        per_user,
    }
}

impl TestGateway {
    pub(crate) async fn start(options: GatewayOptions) -> Self {
        Self::start_with(options, limits(100, 100, 100)).await
    }

    pub(crate) async fn start_with(options: GatewayOptions, limits: ConnectionLimits) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let plausibility = PlausibilityRules {
            bounds: "-10000,-10000,-1000,10000,10000,1000".parse().expect("bounds"),
            max_speed_mps: 1e6,
            max_jump_m: 1e6,
            max_ahead_ms: 5_000,
            relocation_samples: 5,
        };
        let freshness = FreshnessRules {
            stale_after: Duration::from_secs(500),
            disconnected_after: Duration::from_secs(5_000),
        };
        let live = Live::new(
            LiveRules {
                plausibility,
                freshness,
                key_ttl: Duration::from_secs(86_400),
            },
            Arc::clone(&clock),
            None,
        );
        live.set_feed(true);
        let stop = CancellationToken::new();
        tokio::spawn(Ticker::new(Arc::clone(&live)).run(stop.clone()));
        let registry = Arc::new(MemoryRegistry::new());
        let staff = Staff::of(Arc::clone(&registry));
        let administrator = staff.administrator().await;
        tokio::spawn(Arc::clone(&staff.identities).run(stop.clone()));
        let parts = GatewayParts {
            live: Arc::clone(&live),
            groups: GroupLookup::new(
                Arc::clone(&live),
                Arc::clone(&registry) as Arc<dyn GroupRepository>,
            ),
            clock: Arc::clone(&clock),
            request_checks: staff.request_checks.clone(),
            connections: Connections::new(limits, |_| {}),
        };
        let gateway = Gateway::new(parts, options, stop.clone());
        let server =
            HttpServer::new(move || App::new().configure(|config| gateway.clone().configure(config)))
                .workers(1)
                .disable_signals()
                .bind(("127.0.0.1", 0))
                .expect("a free port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            live,
            address,
            stop,
            clock,
            registry,
            staff,
            administrator,
            server: handle,
        }
    }

    pub(crate) fn vehicle(&self, is_enabled: bool) -> Vehicle {
        let vehicle = Vehicle {
            id: VehicleId::from_uuid(Uuid::now_v7()),
            organization_id: OrganizationId::DEFAULT,
            name: VehicleName::new("Lift").expect("a name"),
            manufacturer: Manufacturer::new("Acme").expect("a name"),
            model: None,
            status: VehicleStatus::Idle,
            is_enabled,
            specification: VehicleSpecification::new(2.0, 100.0, 1_000.0).expect("a data sheet"),
            details: VehicleDetails::Forklift(ForkliftDetails::default()),
            version: Version::FIRST,
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            group_ids: std::collections::BTreeSet::new(),
            deleted_at: None,
        };
        self.live.upsert(&vehicle);
        vehicle
    }

    /// Adds an enabled vehicle of another organisation.
    pub(crate) fn vehicle_of_others(&self) -> Vehicle {
        let vehicle = Vehicle {
            id: VehicleId::from_uuid(Uuid::now_v7()),
            organization_id: OrganizationId::from_uuid(Uuid::now_v7()),
            ..self.vehicle(true)
        };
        self.live.upsert(&vehicle);
        vehicle
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().wall()
    }

    pub(crate) fn send_position(&self, id: VehicleId, x: f64) {
        let position = VehiclePosition {
            x,
            y: 2.0,
            z: 0.0,
            rotation: Rotation::from_heading(90.0).expect("a heading"),
            timestamp: self.now(),
            frame_id: None,
            map_id: None,
        };
        self.send(
            Channel::Position,
            id,
            Content::Position {
                position,
                speed: None,
            },
        );
    }

    pub(crate) fn send_state(&self, id: VehicleId, status: VehicleStatus, codes: &[&str]) {
        let state = VehicleRuntimeState::new(0.5, 80.0, self.now()).expect("in range");
        let codes = codes.iter().map(|code| ErrorCode::new(code).expect("a code"));
        self.send(
            Channel::State,
            id,
            Content::State(state.with_status(Some(status)).with_error_codes(codes)),
        );
    }

    fn send(&self, channel: Channel, vehicle_id: VehicleId, content: Content) {
        let report = Report {
            vehicle_id,
            content,
            trace_parent: None,
        };
        let items = vec![Item::understood(Bytes::new(), report)];
        let dead = self.live.receive(vec![Inbound {
            channel,
            received_at: self.clock.now(),
            items,
        }]);
        assert!(dead.is_empty(), "{dead:?}");
    }

    pub(crate) async fn connect(&self) -> Client {
        self.connect_as(&self.administrator).await
    }

    pub(crate) async fn connect_as(&self, member: &Member) -> Client {
        let headers = [("Authorization", member.bearer())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let mut client = self.try_connect(&headers).await.expect("the handshake succeeds");
        let welcome = client.next_json().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        client
    }

    /// Connects with the administrator's token and additional headers.
    pub(crate) async fn try_connect_with(&self, headers: &[(&'static str, &str)]) -> Result<Client, Error> {
        let bearer = self.administrator.bearer();
        let mut all = vec![("Authorization", bearer.as_str())];
        all.extend(headers);
        self.try_connect(&all).await
    }

    pub(crate) async fn try_connect(&self, headers: &[(&'static str, &str)]) -> Result<Client, Error> {
        let mut request = format!("ws://{}/ws", self.address)
            .into_client_request()
            .expect("a request");
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).expect("a header"));
        }
        tokio_tungstenite::connect_async(request)
            .await
            .map(|(socket, _)| Client { socket })
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        self.stop.cancel();
        drop(self.server.stop(false));
    }
}

/// A client that panics if it receives a message other than the one that the test expects.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub(crate) async fn say(&mut self, message: Value) {
        self.say_text(&message.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.socket
            .send(Message::text(text))
            .await
            .expect("the socket is open");
    }

    pub(crate) async fn next_message(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.socket.next())
            .await
            .expect("a message in time");
        next.expect("the socket is open").expect("a sound frame")
    }

    pub(crate) async fn next_json(&mut self) -> Value {
        loop {
            match self.next_message().await {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("expected JSON, got {other:?}"),
            }
        }
    }

    /// Sends a message and returns the next JSON message, which is its answer.
    pub(crate) async fn ask(&mut self, message: Value) -> Value {
        self.say(message).await;
        self.next_json().await
    }

    pub(crate) async fn subscribe_all(&mut self) {
        assert_eq!(
            self.ask(json!({"type": "subscribeAll"})).await,
            json!({"type": "subscribed"})
        );
    }

    /// Returns the events of the next frame, which must be a batch.
    pub(crate) async fn next_events(&mut self) -> Vec<Value> {
        let frame = self.next_json().await;
        assert_eq!(frame["type"], "batch", "{frame}");
        frame["events"].as_array().expect("events").clone()
    }

    /// Skips messages until a close frame; returns its code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.next_message().await {
                let frame = frame.expect("a close frame with a code");
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "timed out waiting until {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
