//! A client that runs the npm package graphql-ws in a separate process.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use super::support::{PATIENCE, Program};
use crate::clients;

/// A connected client. Dropping it kills its process.
pub(super) struct GraphqlWs {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Messages of other subscriptions, received while waiting for a certain one.
    passed_over: Vec<Value>,
}

impl GraphqlWs {
    pub(super) async fn connect(program: &Program) -> Self {
        clients::must_be_installed();
        let url = program.url("/graphql/ws").replacen("http", "ws", 1);
        let token = &program.administrator().await.access;
        let mut child = Command::new("node")
            .args(["subscribe.mjs", &url, token])
            .current_dir(clients::FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node.js is there");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut client = Self {
            _child: child,
            input,
            output,
            passed_over: Vec::new(),
        };
        assert_eq!(client.line().await, json!({"connected": true}));
        client
    }

    /// Subscribes under an id chosen by the test.
    pub(super) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.start(&json!({"id": id, "query": query, "variables": variables}))
            .await;
    }

    /// Starts an operation: `{"id", "query", "operationName"?, "variables"?, "extensions"?}`.
    pub(super) async fn start(&mut self, line: &Value) {
        let sent = self.input.write_all(format!("{line}\n").as_bytes()).await;
        sent.expect("the client reads");
    }

    /// Returns the next message of a subscription: `{"next": …}`, `{"error": …}` or `{"complete": true}`.
    pub(super) async fn next_message(&mut self, id: &str) -> Value {
        let of_it = |line: &Value| line["id"] == id;
        if let Some(index) = self.passed_over.iter().position(of_it) {
            return self.passed_over.remove(index);
        }
        loop {
            let line = self.line().await;
            if of_it(&line) {
                return line;
            }
            self.passed_over.push(line);
        }
    }

    /// Returns the next result of a subscription, which must have no errors.
    pub(super) async fn next(&mut self, id: &str) -> Value {
        let mut message = self.next_message(id).await;
        assert!(message["next"]["errors"].is_null(), "{message}");
        assert!(message["next"]["data"].is_object(), "{message}");
        message["next"]["data"].take()
    }

    async fn line(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.output.next_line())
            .await
            .expect("the client writes a line in time")
            .expect("its output can be read")
            .expect("the client goes on");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"))
    }
}
