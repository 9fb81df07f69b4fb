//! Test server that only has the GraphQL API.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle};
use adapters_memory::clock::SystemClock;
use api_graphql::{GraphqlApi, GraphqlOptions, GraphqlParts};
use application::{
    Application,
    live::{Live, LiveRules},
    ports::{Clock as _, Ports},
    telemetry::{Channel, Content, Inbound, Item, Report},
};
use domain::{
    VehicleId,
    telemetry::{
        ErrorCode, FreshnessRules, MapId, PlausibilityRules, Rotation, Timestamp, VehiclePosition,
        VehicleRuntimeState,
    },
    vehicle::VehicleStatus,
};
use http_edge::{ConnectionLimits, Connections};
use serde_json::{Value, json};
use test_application::staff::Member;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::stores::Stores;

/// Running server. Dropping it stops the server.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    app: Arc<Application>,
    pub(crate) live: Arc<Live>,
    pub(crate) shutdown: CancellationToken,
    /// Client that sends the administrator's token.
    pub(crate) client: reqwest::Client,
    /// Client that sends no token.
    visitor: reqwest::Client,
    /// Default user of requests.
    pub(crate) administrator: Member,
    pub(crate) stores: Stores,
    clock: Arc<SystemClock>,
    server: ServerHandle,
    workers: JoinSet<()>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(GraphqlOptions::default()).await
    }

    pub(crate) async fn with(options: GraphqlOptions) -> Self {
        Self::on(options, Stores::default()).await
    }

    /// Starts a server on the given stores.
    pub(crate) async fn on(options: GraphqlOptions, stores: Stores) -> Self {
        Self::crowded(options, stores, 1_000).await
    }

    /// Starts a server that admits at most `places` sockets and streams.
    pub(crate) async fn crowded(options: GraphqlOptions, stores: Stores, places: usize) -> Self {
        let clock = Arc::new(SystemClock::start());
        let live = Live::new(rules(), clock.clone(), None);
        let shutdown = CancellationToken::new();
        let ports = Ports {
            clock: clock.clone(),
            ..stores.ports.clone()
        };
        let app = stores.staff.application(ports, &live);
        let limits = ConnectionLimits {
            all: places,
            per_address: 1_000,
            per_user: 1_000,
        };
        let parts = GraphqlParts {
            app: Arc::clone(&app),
            request_checks: stores.staff.request_checks.clone(),
            connections: Connections::new(limits, |_| {}),
            tracer: stores.ports.tracer.clone(),
        };
        let api = GraphqlApi::new(parts, options, shutdown.clone());
        let administrator = stores.staff.administrator().await;
        let server = HttpServer::new(move || App::new().configure(|config| api.configure(config)))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(1)
            .bind(("127.0.0.1", 0))
            .expect("there is a free port");
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            address,
            app,
            live,
            shutdown,
            client: client_of(&administrator),
            visitor: reqwest::Client::new(),
            administrator,
            stores,
            clock,
            server: handle,
            workers: JoinSet::new(),
        }
    }

    /// Starts the workers that follow the registry's log, which subscriptions to registry events need.
    pub(crate) async fn follow_the_registry(&mut self) {
        self.workers = self.app.spawn_workers(&self.shutdown);
        while !self.live.registry_status().is_loaded() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// Sends a JSON body as the administrator. Returns the status and the answer.
    pub(crate) async fn post(&self, body: &Value) -> (u16, Value) {
        post_by(self.client.post(self.url()), body).await
    }

    /// Sends a JSON body as another user, or without a token.
    pub(crate) async fn post_as(&self, member: Option<&Member>, body: &Value) -> (u16, Value) {
        let request = self.visitor.post(self.url());
        let request = match member {
            Some(member) => request.bearer_auth(&member.token),
            None => request,
        };
        post_by(request, body).await
    }

    /// Executes an operation that must succeed, and returns its data.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        let (status, mut answer) = self.post(&json!({"query": query, "variables": variables})).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"].take()
    }

    /// Executes an operation that must fail with exactly one error, and returns the error.
    pub(crate) async fn error(&self, query: &str, variables: Value) -> Value {
        let (_, mut answer) = self.post(&json!({"query": query, "variables": variables})).await;
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{answer}");
        answer["errors"][0].take()
    }

    /// Registers a forklift, and returns its id.
    pub(crate) async fn forklift(&self, name: &str) -> String {
        let created = self.data(
            "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id } }",
            json!({
                "input": {
                    "name": name, "type": "FORKLIFT", "manufacturer": "Acme", "forklift": {},
                    "specification": {"maxSpeed": 2, "maxLoad": 1500, "batteryCapacity": 20000},
                },
            }),
        );
        created.await["createVehicle"]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// Registers and enables a forklift, and returns its id.
    pub(crate) async fn enabled_forklift(&self, name: &str) -> String {
        let id = self.forklift(name).await;
        self.data(
            "mutation($id: ID!) { enableVehicle(id: $id) { id } }",
            json!({"id": id}),
        )
        .await;
        id
    }

    /// Creates a group, and returns its id.
    pub(crate) async fn group(&self, name: &str) -> String {
        let query = "mutation($name: String!) { createGroup(input: {name: $name}) { id } }";
        let created = self.data(query, json!({"name": name})).await;
        created["createGroup"]["id"].as_str().expect("an id").to_owned()
    }

    /// Adds a vehicle to a group.
    pub(crate) async fn add_to_group(&self, group: &str, vehicle: &str) {
        let query = "mutation($group: ID!, $vehicle: ID!) {
            addVehicleToGroup(groupId: $group, vehicleId: $vehicle) { id }
        }";
        self.data(query, json!({"group": group, "vehicle": vehicle}))
            .await;
    }

    /// Passes a position from a robot to the server.
    pub(crate) fn robot_is_at(&self, id: &str, x: f64) {
        let position = VehiclePosition {
            x,
            y: -2.5,
            z: 0.0,
            rotation: Rotation::from_heading(90.0).expect("a heading"),
            timestamp: self.now(),
            frame_id: None,
            map_id: Some(MapId::new("floor-1").expect("a map")),
        };
        self.robot_says(
            id,
            Channel::Position,
            Content::Position {
                position,
                speed: None,
            },
        );
    }

    /// Passes a state from a robot, with a battery level and an error code, to the server.
    pub(crate) fn robot_is_full_to(&self, id: &str, battery_level: f64) {
        let state = VehicleRuntimeState::new(0.5, battery_level, self.now()).expect("in range");
        let state = state.with_error_codes([ErrorCode::new("E042").expect("a code")]);
        self.robot_says(id, Channel::State, Content::State(state));
    }

    /// Passes a state from a robot, with the status MOVING, to the server.
    pub(crate) fn robot_is_moving(&self, id: &str) {
        let state = VehicleRuntimeState::new(0.5, 80.0, self.now()).expect("in range");
        let state = state.with_status(Some(VehicleStatus::Moving));
        self.robot_says(id, Channel::State, Content::State(state));
    }

    fn now(&self) -> Timestamp {
        self.clock.now().wall()
    }

    fn robot_says(&self, id: &str, channel: Channel, content: Content) {
        let vehicle_id: VehicleId = id.parse().expect("an id");
        let report = Report {
            vehicle_id,
            content,
            trace_parent: None,
        };
        let items = vec![Item::understood(Default::default(), report)];
        let rejected = self.live.receive(vec![Inbound {
            channel,
            received_at: self.clock.now(),
            items,
        }]);
        assert!(rejected.is_empty(), "{rejected:?}");
    }
}

fn client_of(member: &Member) -> reqwest::Client {
    let bearer = member.bearer().parse().expect("a header");
    let headers = [(reqwest::header::AUTHORIZATION, bearer)].into_iter().collect();
    let client = reqwest::Client::builder().default_headers(headers).build();
    client.expect("a client")
}

async fn post_by(request: reqwest::RequestBuilder, body: &Value) -> (u16, Value) {
    let response = request.json(body).send().await.expect("the server answers");
    let status = response.status().as_u16();
    (status, response.json().await.expect("the answer is JSON"))
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shutdown.cancel();
        tokio::spawn(self.server.stop(false));
    }
}

fn rules() -> LiveRules {
    LiveRules {
        plausibility: PlausibilityRules {
            bounds: "-10000,-10000,-1000,10000,10000,1000".parse().expect("bounds"),
            max_speed_mps: 30.0,
            max_jump_m: 1e6,
            max_ahead_ms: 5_000,
            relocation_samples: 5,
        },
        freshness: FreshnessRules {
            stale_after: Duration::from_secs(5),
            disconnected_after: Duration::from_secs(30),
        },
        key_ttl: Duration::from_secs(86_400),
    }
}

/// Valid id that belongs to no object.
pub(crate) const UNKNOWN_ID: &str = "00000000-0000-7000-8000-000000000404";
