//! The endpoint `/graphql/stream`.

use std::time::Duration;

use api_graphql::{GraphqlOptions, SocketOptions};
use http_edge::websocket::SocketRules;
use reqwest::{Response, header};
use serde_json::{Value, json};
use test_application::staff::Member;
use tokio::time::timeout;

use crate::{http::with_parameters, stage::Stage, stores::Stores};

/// Time after which a test fails if no event arrives.
const DEADLINE: Duration = Duration::from_secs(10);

/// Reader of a stream of events.
struct Events {
    response: Response,
    text: String,
}

#[derive(Debug, PartialEq)]
enum Event {
    Next(Value),
    Complete,
    Comment,
    /// End of the response.
    End,
}

impl Stage {
    fn stream_url(&self) -> String {
        format!("{}/stream", self.url())
    }

    async fn open_stream(&self, member: &Member, body: &Value) -> Response {
        let request = reqwest::Client::new()
            .post(self.stream_url())
            .bearer_auth(&member.token)
            .header(header::ACCEPT, "text/event-stream")
            .json(body);
        request.send().await.expect("the server answers")
    }

    async fn events(&self, member: &Member, query: &str) -> Events {
        let response = self.open_stream(member, &json!({"query": query})).await;
        Events::of(response)
    }
}

impl Events {
    fn of(response: Response) -> Self {
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream; charset=utf-8"
        );
        Self {
            response,
            text: String::new(),
        }
    }

    /// Returns the next event or comment.
    async fn any(&mut self) -> Event {
        let end = loop {
            if let Some(end) = self.text.find("\n\n") {
                break end;
            }
            let chunk = timeout(DEADLINE, self.response.chunk())
                .await
                .expect("an event arrives in time");
            match chunk.expect("the stream is valid") {
                Some(chunk) => self.text += std::str::from_utf8(&chunk).expect("UTF-8"),
                None => return Event::End,
            }
        };
        let event = self.text[..end].to_owned();
        self.text.drain(..end + 2);
        match event.split_once('\n') {
            Some(("event: next", data)) => {
                let data = data.strip_prefix("data: ").expect("data");
                Event::Next(serde_json::from_str(data).expect("JSON"))
            }
            Some(("event: complete", "data: ")) => Event::Complete,
            None if event == ":" => Event::Comment,
            _ => panic!("no event: {event}"),
        }
    }

    /// Returns the next event other than a comment.
    async fn event(&mut self) -> Event {
        loop {
            match self.any().await {
                Event::Comment => {}
                event => return event,
            }
        }
    }

    /// Returns the next event, which must be a result.
    async fn next(&mut self) -> Value {
        match self.event().await {
            Event::Next(result) => result,
            other => panic!("{other:?} is not a result"),
        }
    }
}

const WATCH: &str = "subscription { vehiclePositionUpdated { position { x } } }";

fn x(result: &Value) -> f64 {
    assert_eq!(result.get("errors"), None, "{result}");
    let x = &result["data"]["vehiclePositionUpdated"]["position"]["x"];
    x.as_f64().expect("a number")
}

#[tokio::test]
async fn a_subscription_is_streamed_as_events() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let mut events = stage.events(&stage.administrator, WATCH).await;
    assert_eq!(events.any().await, Event::Comment);
    let first = events.next().await;
    assert_eq!(x(&first), 1.0);
    assert_eq!(first["extensions"]["cost"]["requested"], 1);
    stage.robot_is_at(&id, 2.0);
    assert_eq!(x(&events.next().await), 2.0);
    let headers = events.response.headers();
    assert_eq!(headers[header::CACHE_CONTROL], "no-store, no-transform");
    assert!(!headers.contains_key(header::CONTENT_ENCODING));
}

#[tokio::test]
async fn a_query_and_a_mutation_have_one_result_and_are_complete() {
    let stage = Stage::new().await;
    let create = "mutation { createGroup(input: {name: \"Hall\"}) { name } }";
    for (query, data) in [
        (create, json!({"createGroup": {"name": "Hall"}})),
        ("{ groups { totalCount } }", json!({"groups": {"totalCount": 1}})),
    ] {
        let mut events = stage.events(&stage.administrator, query).await;
        assert_eq!(events.next().await["data"], data);
        assert_eq!(events.event().await, Event::Complete);
        assert_eq!(events.event().await, Event::End);
    }
}

#[tokio::test]
async fn errors_of_invalid_documents_are_reported_on_the_stream() {
    let stage = Stage::new().await;
    let deep = "{ vehicles { edges { node { groups { id } } } } }".replace("id", &"a { b ".repeat(20));
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { a: vehicleAdded { id } b: vehicleAdded { id } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (&deep, "GRAPHQL_PARSE_FAILED"),
    ] {
        let mut events = stage.events(&stage.administrator, query).await;
        let result = events.next().await;
        assert_eq!(result["errors"][0]["extensions"]["code"], code, "{result}");
        assert_eq!(events.event().await, Event::Complete, "{query}");
    }
}

#[tokio::test]
async fn a_browsers_event_source_sends_the_operation_as_parameters() {
    let stage = Stage::new().await;
    let id = stage.enabled_forklift("Lift 1").await;
    stage.robot_is_at(&id, 1.0);
    let variables = json!({"id": id}).to_string();
    let query = "subscription($id: ID) { vehiclePositionUpdated(vehicleId: $id) { position { x } } }";
    let request = stage
        .client
        .get(with_parameters(
            &stage.stream_url(),
            &[("query", query), ("variables", &variables)],
        ))
        .header(header::ACCEPT, "text/event-stream");
    let mut events = Events::of(request.send().await.expect("the server answers"));
    assert_eq!(x(&events.next().await), 1.0);
}

/// A link or an image can send a GET, so it must not change anything.
#[tokio::test]
async fn a_mutation_is_not_executed_by_get() {
    let stage = Stage::new().await;
    let create = "mutation Make { createGroup(input: {name: \"Hall\"}) { name } }";
    let both = format!("{create} query Look {{ __typename }}");
    for (query, name) in [(create, None), (&*both, Some("Make"))] {
        let mut parameters = vec![("query", query)];
        parameters.extend(name.map(|name| ("operationName", name)));
        for url in [stage.stream_url(), stage.url()] {
            let request = stage.client.get(with_parameters(&url, &parameters));
            let request = request.header(header::ACCEPT, "text/event-stream");
            let response = request.send().await.expect("the server answers");
            assert_eq!(response.status().as_u16(), 405, "{url}");
            assert_eq!(response.headers()[header::ALLOW], "POST");
            let answer: Value = response.json().await.expect("JSON");
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
            let remaining = answer["extensions"]["cost"]["remaining"].as_u64();
            assert!(remaining.is_some_and(|left| left > 0), "{answer}");
        }
    }
    let groups = stage.data("{ groups { totalCount } }", json!({})).await;
    assert_eq!(groups["groups"]["totalCount"], 0);
}

#[tokio::test]
async fn a_rejected_request_reports_its_cost() {
    let stage = Stage::new().await;
    let unknown = json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0".repeat(64)}}});
    for body in [json!({"query": "{"}), json!({"query": "{ nonsense }"}), unknown] {
        let mut events = Events::of(stage.open_stream(&stage.administrator, &body).await);
        let result = events.next().await;
        assert!(result["errors"].is_array(), "{result}");
        assert_eq!(result["extensions"]["cost"]["requested"], 1, "{result}");
    }
    let request = stage
        .client
        .post(stage.stream_url())
        .header(header::ACCEPT, "text/html");
    let response = request.send().await.expect("the server answers");
    assert_eq!(response.status().as_u16(), 406);
    let answer: Value = response.json().await.expect("JSON");
    assert_eq!(answer.get("extensions"), None, "nothing was charged: {answer}");
}

#[tokio::test]
async fn an_anonymous_caller_or_one_that_does_not_accept_events_is_rejected() {
    let stage = Stage::new().await;
    let ask = |accept: &'static str, token: Option<String>, body: &'static str| {
        let mut request = reqwest::Client::new()
            .post(stage.stream_url())
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        async {
            let response = request.send().await.expect("the server answers");
            let status = response.status().as_u16();
            let answer: Value = response.json().await.expect("the answer is JSON");
            let code = answer["errors"][0]["extensions"]["code"].clone();
            (status, code.as_str().expect("a code").to_owned())
        }
    };
    let token = || Some(stage.administrator.token.clone());
    let (events, query) = ("text/event-stream", r#"{"query": "{ __typename }"}"#);
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(ask(events, None, query).await, refused(401, "UNAUTHENTICATED"));
    assert_eq!(
        ask(events, Some("x".into()), query).await,
        refused(401, "UNAUTHENTICATED")
    );
    assert_eq!(
        ask("application/json", token(), query).await,
        refused(406, "BAD_USER_INPUT")
    );
    assert_eq!(ask(events, token(), "{").await, refused(400, "BAD_USER_INPUT"));
    assert_eq!(ask(events, token(), "{}").await, refused(400, "BAD_USER_INPUT"));
    let put = stage.client.put(stage.stream_url()).send().await;
    assert_eq!(put.expect("the server answers").status().as_u16(), 405);
}

/// Clients only reconnect if a stream ends without `complete`.
#[tokio::test]
async fn a_stream_ends_without_a_completion_when_its_session_ends() {
    let mut stage = Stage::new().await;
    stage.follow_the_registry().await;
    let Member { user, session, .. } = &stage.administrator;
    let short = Member {
        token: stage.stores.staff.token(user, *session, Duration::from_secs(1)),
        ..stage.administrator.clone()
    };
    let mut events = stage.events(&short, WATCH).await;
    assert_eq!(events.event().await, Event::End);

    let leaving = stage.stores.staff.log_in(user.clone()).await;
    let mut events = stage.events(&leaving, WATCH).await;
    assert_eq!(events.any().await, Event::Comment);
    let logout = json!({"query": "mutation($t: String) { logout(refreshToken: $t) }", "variables": {"t": leaving.refresh}});
    let (_, answer) = stage.post_as(Some(&leaving), &logout).await;
    assert_eq!(answer["data"]["logout"], true, "{answer}");
    assert_eq!(events.event().await, Event::End);

    let mut events = stage.events(&stage.administrator, WATCH).await;
    assert_eq!(events.any().await, Event::Comment);
    stage.shutdown.cancel();
    assert_eq!(events.event().await, Event::End);
}

#[tokio::test]
async fn an_idle_stream_sends_comments_and_returns_its_permit_when_the_client_disconnects() {
    let options = GraphqlOptions {
        sockets: SocketOptions {
            rules: SocketRules {
                ping_interval: Duration::from_millis(20),
                ..SocketRules::default()
            },
            ..SocketOptions::default()
        },
        ..GraphqlOptions::default()
    };
    let stage = Stage::crowded(options, Stores::default(), 1).await;
    let mut events = stage.events(&stage.administrator, WATCH).await;
    for _ in 0..3 {
        assert_eq!(events.any().await, Event::Comment);
    }
    let body = json!({"query": WATCH});
    let crowded = stage.open_stream(&stage.administrator, &body).await;
    assert_eq!(crowded.status().as_u16(), 503);
    assert_eq!(crowded.headers()[header::RETRY_AFTER], "1");
    drop(events);
    let freed = async {
        while stage
            .open_stream(&stage.administrator, &body)
            .await
            .status()
            .as_u16()
            != 200
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(DEADLINE, freed).await.expect("the permit is returned");
}
