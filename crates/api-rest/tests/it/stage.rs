//! The API on in-memory stores.

use std::sync::Arc;

use actix_web::{
    App,
    body::to_bytes,
    http::{Method, StatusCode, header::HeaderMap},
    test::{TestRequest, init_service, try_call_service},
};
use adapters_memory::{
    bridge_heartbeats::MemoryBridgeHeartbeats, clock::SystemClock, live_keys::MemoryLiveStore,
    registry::MemoryRegistry,
};
use api_rest::Rest;
use application::{
    Application,
    live::Live,
    ports::{Ports, VehicleRepository},
};
use observability::http::RequestTelemetry;
use serde_json::{Value, json};
use test_application::staff::{Member, Staff};
use tokio::sync::OnceCell;

use crate::endpoints::{endpoints, live};

/// Stores and users behind the endpoints.
pub(crate) struct Stage {
    pub registry: Arc<MemoryRegistry>,
    pub store: Arc<MemoryLiveStore>,
    pub heartbeats: Arc<MemoryBridgeHeartbeats>,
    pub live: Arc<Live>,
    pub staff: Staff,
    administrator: OnceCell<Member>,
}

/// Builder of a request.
pub(crate) struct Ask<'a> {
    stage: &'a Stage,
    bearer: Bearer,
    request: TestRequest,
}

/// Token that a request presents.
enum Bearer {
    Administrator,
    Other(String),
    None,
}

pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::around(live(true))
    }

    /// Creates a stage that limits each caller to `per_second` requests in the long run and bursts of `burst`.
    pub(crate) fn limited(per_second: u32, burst: u32) -> Self {
        let stage = Self::new();
        let staff = Staff::limited(Arc::clone(&stage.registry), per_second, burst);
        Self { staff, ..stage }
    }

    pub(crate) fn around(live: Arc<Live>) -> Self {
        let registry = Arc::new(MemoryRegistry::new());
        Self {
            staff: Staff::of(Arc::clone(&registry)),
            registry,
            store: Arc::new(MemoryLiveStore::default()),
            heartbeats: Arc::default(),
            live,
            administrator: OnceCell::new(),
        }
    }

    /// Returns the user who sends requests by default.
    pub(crate) async fn administrator(&self) -> &Member {
        self.administrator
            .get_or_init(|| self.staff.administrator())
            .await
    }

    /// Returns the endpoints of this stage on the given use cases.
    pub(crate) fn endpoints_to(&self, app: Arc<Application>) -> Rest {
        Rest {
            app,
            request_checks: self.staff.request_checks.clone(),
            ..endpoints()
        }
    }

    pub(crate) fn app(&self) -> Arc<Application> {
        self.app_on(self.registry.clone())
    }

    /// Returns use cases on the given registry of vehicles.
    pub(crate) fn app_on(&self, vehicles: Arc<dyn VehicleRepository>) -> Arc<Application> {
        let clock = Arc::new(SystemClock::start());
        let ports = Ports {
            vehicles,
            bridges: self.heartbeats.clone(),
            ..adapters_memory::ports(clock, self.registry.clone(), self.store.clone())
        };
        self.staff.application(ports, &self.live)
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        Ask {
            stage: self,
            bearer: Bearer::Administrator,
            request: TestRequest::with_uri(path)
                .method(method)
                .insert_header(("x-request-id", "test-1")),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path).json(body).send().await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, path).json(body).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path).send().await
    }

    /// Registers a forklift and returns its path.
    pub(crate) async fn forklift(&self, name: &str) -> String {
        let created = self.post("/api/vehicles", &a_forklift(name)).await;
        assert_eq!(created.status, 201, "{}", created.text());
        created.header("location").to_owned()
    }
}

impl Ask<'_> {
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.request = self.request.append_header((name, value));
        self
    }

    pub(crate) fn by(mut self, member: &Member) -> Self {
        self.bearer = Bearer::Other(member.bearer());
        self
    }

    pub(crate) fn without_token(mut self) -> Self {
        self.bearer = Bearer::None;
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.request = self
            .request
            .insert_header(("content-type", content_type))
            .set_payload(body.into());
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let bearer = match self.bearer {
            Bearer::Administrator => Some(self.stage.administrator().await.bearer()),
            Bearer::Other(bearer) => Some(bearer),
            Bearer::None => None,
        };
        let request = match bearer {
            Some(bearer) => self.request.insert_header(("authorization", bearer)),
            None => self.request,
        };
        let rest = self.stage.endpoints_to(self.stage.app());
        send_to(&rest, request).await
    }
}

pub(crate) async fn send_to(rest: &Rest, request: TestRequest) -> Answer {
    let app = App::new()
        .configure(|server| rest.configure(server))
        .wrap(RequestTelemetry::new(None));
    // Like the server's dispatcher: an error that no middleware has handled creates its own response.
    let response = match try_call_service(&init_service(app).await, request.to_request()).await {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body()).await.expect("a whole body");
    Answer {
        status,
        headers,
        body: body.to_vec(),
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
            .to_str()
            .expect("ASCII")
    }

    /// Asserts that the response is a problem document with this status, and returns its faults as `field message`.
    pub(crate) fn faults(&self, status: u16) -> Vec<String> {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["requestId"], "test-1", "{problem}");
        assert!(
            problem["title"].is_string() && problem["detail"].is_string(),
            "{problem}"
        );
        let faults = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |fault: &Value| {
            let [field, message] = ["field", "message"].map(|key| fault[key].as_str().unwrap_or_default());
            match fault["line"].as_u64() {
                Some(line) => format!("{line}: {field} {message}"),
                None => format!("{field} {message}"),
            }
        };
        faults.iter().map(text).collect()
    }
}

/// Returns the JSON of a forklift to register.
pub(crate) fn a_forklift(name: &str) -> Value {
    json!({
        "name": name, "type": "FORKLIFT", "manufacturer": "Acme", "details": {},
        "specification": {"maxSpeed": 2, "maxLoad": 1500, "batteryCapacity": 20000},
    })
}

/// An id that is not in use.
pub(crate) const UNKNOWN_ID: &str = "00000000-0000-7000-8000-000000000404";
