//! A user of the REST API, who fills the registry and reads it again.

use serde_json::{Value, json};

use crate::end_to_end::support::ADMINISTRATOR;

pub(super) struct Registry {
    http: reqwest::Client,
    address: String,
    access: String,
    refresh: String,
}

impl Registry {
    /// Logs a user in, which must succeed.
    pub(super) async fn log_in(address: String, username: &str, password: &str) -> Self {
        let mut registry = Self {
            http: reqwest::Client::new(),
            address,
            access: String::new(),
            refresh: String::new(),
        };
        let body = json!({"username": username, "password": password});
        let tokens = registry.made("/api/auth/login", body).await;
        registry.keep(&tokens);
        registry
    }

    fn keep(&mut self, tokens: &Value) {
        let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
        (self.access, self.refresh) = (text("accessToken"), text("refreshToken"));
    }

    /// Uses the refresh token. Returns the status, and keeps the new tokens if it is 200.
    pub(super) async fn refresh(&mut self) -> u16 {
        let body = json!({"refreshToken": self.refresh});
        let (status, tokens) = self.call("POST", "/api/auth/refresh", Some(body)).await;
        if status == 200 {
            self.keep(&tokens);
        }
        status
    }

    pub(super) async fn status(&self, path: &str) -> u16 {
        self.call("GET", path, None).await.0
    }

    /// Sends a request. Returns the status and the body, which is `Null` if it is not JSON.
    pub(super) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, format!("http://{}{path}", self.address));
        if !self.access.is_empty() {
            request = request.bearer_auth(&self.access);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("it listens");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Sends a POST request, which must succeed, and returns the body.
    async fn made(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call("POST", path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Registers a forklift, and returns its id.
    pub(super) async fn add_vehicle(&self, name: &str) -> String {
        let specification = json!({"maxSpeed": 2.5, "maxLoad": 900, "batteryCapacity": 900});
        let vehicle = json!({
            "name": name, "type": "FORKLIFT", "manufacturer": "Northline", "model": "Überlader",
            "specification": specification, "details": {"liftHeight": 3.2},
        });
        id(&self.made("/api/vehicles", vehicle).await)
    }

    /// Creates at least one object of each kind.
    pub(super) async fn fill(&self) {
        let organization = id(&self.made("/api/organizations", json!({"name": "South"})).await);
        let group = json!({"name": "Hall 1", "organizationId": "00000000-0000-7000-8000-000000000001"});
        let group = id(&self.made("/api/groups", group).await);
        let [member, deleted] = [self.add_vehicle("Lift 1").await, self.add_vehicle("Lift 2").await];
        for (method, path) in [
            ("PUT", format!("/api/groups/{group}/vehicles/{member}")),
            ("POST", format!("/api/vehicles/{member}/enable")),
            ("DELETE", format!("/api/vehicles/{deleted}")),
        ] {
            let (status, answer) = self.call(method, &path, None).await;
            assert!((200..300).contains(&status), "{path}: {status} {answer}");
        }
        for (username, role, organization) in [
            ("ben", "OPERATOR", None),
            ("cleo", "ADMIN", Some(&organization)),
            ("dan", "VIEWER", Some(&organization)),
        ] {
            let user = json!({
                "username": username, "password": ADMINISTRATOR.1, "role": role, "organizationId": organization,
            });
            let user = id(&self.made("/api/users", user).await);
            if role != "ADMIN" {
                let grant = json!({"userId": user, "role": "VIEWER", "groupId": group});
                self.made("/api/grants", grant).await;
            }
        }
        Self::log_in(self.address.clone(), "ben", ADMINISTRATOR.1).await;
    }

    /// Reads everything that [`Registry::fill`] has created.
    pub(super) async fn read(&self) -> Vec<(&'static str, Value)> {
        let mut all = Vec::new();
        for (path, at_least) in [
            ("/api/vehicles?first=100", 2),
            ("/api/groups?first=100", 1),
            ("/api/organizations?first=100", 2),
            ("/api/users?first=100", 4),
            ("/api/grants?first=100", 2),
            ("/api/auth/sessions", 2),
            ("/api/audit?first=100", 15),
        ] {
            let (status, answer) = self.call("GET", path, None).await;
            assert_eq!(status, 200, "{path}: {answer}");
            let items = answer["items"].as_array().or_else(|| answer.as_array());
            let count = items.map_or(0, Vec::len);
            assert!(count >= at_least, "{path}: {answer}");
            all.push((path, answer));
        }
        all
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}
