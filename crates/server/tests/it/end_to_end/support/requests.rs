//! Requests to a server.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::{ADMINISTRATOR, Client, Program, until_ok};

/// Tokens and id of a user who has logged in.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub access: String,
    pub refresh: String,
    /// The user's id.
    pub user: String,
}

impl Program {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns a builder of a request.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, self.url(path))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let response = self.http.get(self.url(path)).send().await.expect("it listens");
        (response.status().as_u16(), response.text().await.expect("a body"))
    }

    pub(crate) async fn until_status(&self, path: &str, status: u16) {
        until_ok(&format!("{path} answers {status}"), || async {
            (self.get(path).await.0 == status).then_some(())
        })
        .await;
    }

    /// Sends a request to the REST API. Returns the status and the body, which is `Null` if it is not JSON.
    pub(crate) async fn rest(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("it listens");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Logs a user in, which must succeed.
    pub(crate) async fn log_in(&self, username: &str, password: &str) -> Tokens {
        let body = json!({"username": username, "password": password});
        let (status, answer) = self.rest("POST", "/api/auth/login", None, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Tokens {
            access: text(&answer["accessToken"]),
            refresh: text(&answer["refreshToken"]),
            user: text(&answer["user"]["id"]),
        }
    }

    /// Returns the administrator's tokens, logging in on the first call.
    pub(crate) async fn administrator(&self) -> &Tokens {
        self.administrator
            .get_or_init(|| self.log_in(ADMINISTRATOR.0, ADMINISTRATOR.1))
            .await
    }

    /// Creates a user with a role, and logs the user in.
    pub(crate) async fn create_user(&self, username: &str, role: &str, organization: Option<&str>) -> Tokens {
        let body = json!({
            "username": username, "password": ADMINISTRATOR.1, "role": role, "organizationId": organization,
        });
        let (status, made) = self.as_administrator("POST", "/api/users", Some(body)).await;
        assert_eq!(status, 201, "{made}");
        self.log_in(username, ADMINISTRATOR.1).await
    }

    /// Sends a request to the REST API as the administrator.
    pub(crate) async fn as_administrator(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let token = self.administrator().await.access.clone();
        self.rest(method, path, Some(&token), body).await
    }

    /// Executes a GraphQL operation as the administrator. Returns the whole response.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let token = self.administrator().await.access.clone();
        self.graphql_as(Some(&token), query, variables).await
    }

    /// Executes a GraphQL operation. Returns the whole response.
    pub(crate) async fn graphql_as(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let request = json!({"query": query, "variables": variables});
        let mut response = self.http.post(self.url("/graphql")).body(request.to_string());
        if let Some(token) = token {
            response = response.bearer_auth(token);
        }
        let response = response
            .header("content-type", "application/json")
            .send()
            .await
            .expect("it listens");
        let body = response.text().await.expect("a body");
        serde_json::from_str(&body).unwrap_or_else(|_| panic!("no JSON: {body}"))
    }

    /// Registers an AMR and returns its id.
    pub(crate) async fn create(&self, name: &str) -> String {
        let input = json!({
            "name": name, "type": "AMR", "manufacturer": "Northline", "model": "N1",
            "specification": {"maxSpeed": 1.5, "maxLoad": 100.0, "batteryCapacity": 480.0},
            "amr": {"lidarEnabled": true, "cameraEnabled": false, "ultrasonicEnabled": false, "autonomyLevel": 4},
        });
        let create =
            "mutation($input: CreateVehicleInput!) { createVehicle(input: $input) { id status isEnabled } }";
        let answer = self.graphql(create, json!({"input": input})).await;
        let vehicle = &answer["data"]["createVehicle"];
        assert_eq!(
            (&vehicle["status"], &vehicle["isEnabled"]),
            (&json!("IDLE"), &json!(false)),
            "{answer}"
        );
        vehicle["id"].as_str().expect("an id").to_owned()
    }

    /// Registers and enables an AMR and returns its id.
    pub(crate) async fn create_enabled(&self, name: &str) -> String {
        let id = self.create(name).await;
        self.mutate("enableVehicle(id: $id) { isEnabled }", &id).await;
        id
    }

    /// Executes a mutation on one vehicle, such as `enableVehicle(id: $id) { id }`.
    pub(crate) async fn mutate(&self, mutation: &str, id: &str) {
        let answer = self
            .graphql(&format!("mutation($id: ID!) {{ {mutation} }}"), json!({"id": id}))
            .await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }

    pub(crate) async fn connect_as(&self, token: &str) -> Client {
        let request = format!("ws://{}/ws", self.address).into_client_request();
        let mut request = request.expect("a request");
        let bearer = format!("Bearer {token}").parse().expect("a header");
        request.headers_mut().insert("authorization", bearer);
        let (socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("the handshake succeeds");
        let mut client = Client { socket };
        assert_eq!(client.next_json().await["type"], "welcome");
        client
    }

    /// Connects a client of `/ws` that subscribes to all vehicles, as the administrator.
    pub(crate) async fn watch_all(&self) -> Client {
        let token = self.administrator().await.access.clone();
        self.watch_all_as(&token).await
    }

    /// Connects a client of `/ws` that subscribes to all vehicles, with a given token.
    pub(crate) async fn watch_all_as(&self, token: &str) -> Client {
        let mut client = self.connect_as(token).await;
        client.send(json!({"type": "subscribeAll"})).await;
        client
            .until("the answer", |message| {
                (message["type"] == "subscribed").then_some(())
            })
            .await;
        client
    }

    /// Returns the value of the metric whose line starts with `line`; 0 if there is none.
    pub(crate) async fn metric(&self, line: &str) -> f64 {
        let (_, page) = self.get("/metrics").await;
        let value = page
            .lines()
            .find_map(|found| found.strip_prefix(line))
            .map(str::trim);
        value.map_or(0.0, |value| value.parse().expect("a number"))
    }

    /// Waits until the server receives messages from robots.
    pub(crate) async fn until_fed(&self) {
        until_ok("the feed is up", || async {
            let (_, health) = self.get("/health/redis").await;
            let health: Value = serde_json::from_str(&health).expect("JSON");
            (health["feed"]["status"] == "up").then_some(())
        })
        .await;
    }
}
