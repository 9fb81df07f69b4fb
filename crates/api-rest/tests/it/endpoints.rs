use std::{sync::Arc, time::Duration};

use actix_web::{
    App,
    http::{Method, StatusCode, header::HeaderMap},
    test::{TestRequest, call_service, init_service, read_body},
    web::Bytes,
};
use adapters_memory::{clock::SystemClock, telemetry_bus::MemoryTelemetryBus};
use api_rest::{MetricsEndpoint, Rest};
use application::{
    health::{CheckHealth, Readiness},
    live::{Live, LiveRules},
    ports::{Dependency, TelemetryBus},
};
use domain::telemetry::{Bounds, FreshnessRules, PlausibilityRules};
use observability::{
    http::RequestTelemetry,
    metrics::{MetricsPage, recorder},
};
use serde_json::{Value, json};

use crate::stage::Stage;

/// Returns a live core whose feed is up or down.
pub(crate) fn live(is_feed_up: bool) -> Arc<Live> {
    let plausibility = PlausibilityRules {
        bounds: Bounds::new([-100.0; 3], [100.0; 3]).expect("a box"),
        max_speed_mps: 30.0,
        max_jump_m: 10.0,
        max_ahead_ms: 5_000,
        relocation_samples: 5,
    };
    let (stale_after, disconnected_after) = (Duration::from_secs(5), Duration::from_secs(30));
    let freshness = FreshnessRules {
        stale_after,
        disconnected_after,
    };
    let live = Live::new(
        LiveRules {
            plausibility,
            freshness,
            key_ttl: Duration::from_secs(86_400),
        },
        Arc::new(SystemClock::start()),
        None,
    );
    live.set_feed(is_feed_up);
    live
}

/// Returns endpoints on embedded stores, before the registry has been read.
pub(crate) fn endpoints() -> Rest {
    endpoints_to(None, None, live(true))
}

/// Returns a bus without subscribers.
pub(crate) fn bus() -> Arc<dyn TelemetryBus> {
    Arc::new(MemoryTelemetryBus::new(Arc::new(SystemClock::start())))
}

/// Returns endpoints with these dependencies, to which no messages are delivered.
pub(crate) fn endpoints_to(
    database: Option<Arc<dyn Dependency>>,
    redis: Option<Arc<dyn Dependency>>,
    live: Arc<Live>,
) -> Rest {
    let stage = Stage::around(Arc::clone(&live));
    let app = stage.app();
    let bridges = app.bridges.clone();
    Rest {
        app,
        request_checks: stage.staff.request_checks.clone(),
        key_set: json!({"keys": []}),
        shows_docs: true,
        asyncapi: "{}\n",
        metrics_endpoint: MetricsEndpoint::Open,
        health: CheckHealth::new(database, redis, bus(), bridges, Arc::clone(&live)),
        readiness: Readiness::new(live),
        metrics: MetricsPage::of(&recorder()),
    }
}

pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// Sends a request without a body.
pub(crate) async fn ask(rest: &Rest, method: Method, path: &str) -> Answer {
    let app = App::new()
        .configure(|server| rest.configure(server))
        .wrap(RequestTelemetry::new(None));
    let request = TestRequest::with_uri(path)
        .method(method)
        .insert_header(("x-request-id", "test-1"));
    let response = call_service(&init_service(app).await, request.to_request()).await;
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        body: read_body(response).await,
    }
}

pub(crate) async fn get(rest: &Rest, path: &str) -> Answer {
    ask(rest, Method::GET, path).await
}
