//! A Prometheus server with the configuration in `deploy/prometheus`.

use std::{fs, process::Stdio};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use url::Url;

use super::{deployed, files};
use crate::end_to_end::support::{PATIENCE, until_ok};

/// A running Prometheus. Dropping it kills the process and removes its data.
pub(super) struct Prometheus {
    address: String,
    _process: Child,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts Prometheus on a free port. It scrapes a server every second, instead of every 15 s.
    pub(super) async fn scraping(server: &str) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("prometheus-")
            .tempdir()
            .expect("a temporary directory");
        let write = |path: &str, text: &str| {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file");
        };
        let configuration = fs::read_to_string(deployed("prometheus/prometheus.yml")).expect("text");
        write("prometheus.yml", &configuration.replace(": 15s", ": 1s"));
        write("targets/fleetwatch.yml", &format!("- targets: [\"{server}\"]\n"));
        for (path, text) in files("prometheus/rules") {
            let name = path.file_name().expect("a name").to_string_lossy();
            write(&format!("rules/{name}"), &text);
        }
        let path = |name: &str| directory.path().join(name).display().to_string();
        let mut process = Command::new("prometheus")
            .arg(format!("--config.file={}", path("prometheus.yml")))
            .arg(format!("--storage.tsdb.path={}", path("data")))
            .arg("--web.listen-address=127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Prometheus is installed by `deploy/test.sh install`");
        let mut lines = BufReader::new(process.stderr.take().expect("it is piped")).lines();
        let listening = async {
            let mut log = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                if let (true, Some((_, address))) = (
                    line.contains("Listening on"),
                    line.split_once("address=127.0.0.1:"),
                ) {
                    let port = address.split(' ').next().unwrap_or_default();
                    return format!("127.0.0.1:{port}");
                }
                log.push_str(&line);
                log.push('\n');
            }
            panic!("Prometheus does not start:\n{log}")
        };
        let address = tokio::time::timeout(PATIENCE, listening)
            .await
            .expect("Prometheus starts in time");
        // A full pipe would stop the process.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let prometheus = Self {
            address,
            _process: process,
            _directory: directory,
        };
        until_ok("Prometheus is ready", || async {
            let ready = reqwest::get(format!("http://{}/-/ready", prometheus.address)).await;
            ready.is_ok_and(|response| response.status() == 200).then_some(())
        })
        .await;
        prometheus
    }

    /// Sends a request to the HTTP API, which must succeed, and returns the data.
    pub(super) async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let url = format!("http://{}/api/v1/{path}", self.address);
        let url = Url::parse_with_params(&url, parameters).expect("a URL");
        let response = reqwest::get(url.as_str()).await.expect("it listens");
        let mut answer: Value = response.json().await.expect("JSON");
        assert_eq!(answer["status"], "success", "{parameters:?}: {answer}");
        answer["data"].take()
    }

    /// Evaluates an expression, and returns its time series.
    pub(super) async fn query(&self, expression: &str) -> Vec<Value> {
        let data = self.get("query", &[("query", expression)]).await;
        data["result"].as_array().expect("time series").clone()
    }

    /// Waits until an expression has a result. Comparisons have one if they are true.
    pub(super) async fn until(&self, expression: &str) {
        until_ok(expression, || async {
            (!self.query(expression).await.is_empty()).then_some(())
        })
        .await;
    }
}
