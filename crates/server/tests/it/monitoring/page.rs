//! The metrics page of a server with hostile clients.

use std::collections::BTreeSet;

use observability::metrics::{CATALOGUE, Kind, labels_of};
use serde_json::json;
use uuid::Uuid;

use super::promtool;
use crate::end_to_end::support::{Plant, Program, position, until_ok};

/// A sample of the page: its name and labels, without its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
}

impl Series {
    fn parse(line: &str) -> Self {
        let end = line.rfind(' ').expect("a value");
        let (name, mut rest) = line[..end].split_once('{').unwrap_or((&line[..end], "}"));
        let mut labels = Vec::new();
        while rest != "}" {
            let (label, value_and_rest) = rest.split_once("=\"").expect("a label");
            let (value, behind) = value_and_rest.split_once('"').expect("the end of a value");
            labels.push((label.to_owned(), value.to_owned()));
            rest = behind.trim_start_matches(',');
        }
        Self {
            name: name.to_owned(),
            labels,
        }
    }

    /// Checks that the metric and its labels are described, and that the labels may have these values.
    ///
    /// # Errors
    /// Returns the fault.
    fn check(&self) -> Result<(), String> {
        let is_of = |histogram: &str| {
            ["_bucket", "_count", "_sum"]
                .iter()
                .any(|suffix| self.name.strip_suffix(suffix) == Some(histogram))
        };
        let metric = CATALOGUE.iter().find(|metric| match metric.kind {
            Kind::Histogram(_) => is_of(metric.name),
            Kind::Counter | Kind::Gauge => metric.name == self.name,
        });
        let metric = metric.ok_or_else(|| format!("{} is not described", self.name))?;
        let is_histogram = matches!(metric.kind, Kind::Histogram(_));
        for (name, value) in &self.labels {
            if is_histogram && name == "le" {
                continue;
            }
            let known = labels_of(metric.name).iter().find(|label| label.name == name);
            if known.is_none_or(|label| !label.values.allow(value)) {
                return Err(format!("{}: {name}={value:?} is not described", self.name));
            }
        }
        Ok(())
    }
}

pub(super) fn series_of(page: &str) -> BTreeSet<Series> {
    page.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(Series::parse)
        .collect()
}

/// Sends requests and messages with a text that the client or the robot has invented.
async fn attack(plant: &Plant, invented: &str, rejected_before: f64) {
    let Plant { program, .. } = plant;
    let paths = [
        "",
        "api/",
        "api/vehicles/",
        "docs/",
        "graphiql/",
        "health/",
        "metrics/",
        "graphql/",
        "ws/",
    ]
    .map(|folder| format!("/{folder}{invented}"));
    let method = invented.to_uppercase();
    for path in &paths {
        for method in [
            "GET",
            "HEAD",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "OPTIONS",
            method.as_str(),
        ] {
            let response = program.request(method, path).send().await.expect("it listens");
            drop(response.bytes().await);
        }
    }
    program
        .graphql(&format!("query {invented} {{ {invented} }}"), json!({}))
        .await;
    let mut robot = plant.robot().await;
    let mut message = position(&Uuid::new_v4().to_string(), 1.0);
    message[invented] = invented.into();
    message["frame_id"] = invented.into();
    robot
        .publish("vehicle:position:update", message.to_string())
        .await;
    until_ok("the message is rejected and kept", || async {
        let line = r#"fleetwatch_dlq_messages_total{reason="unknown_vehicle"}"#;
        (program.metric(line).await > rejected_before).then_some(())
    })
    .await;
}

pub(super) async fn page(program: &Program) -> String {
    let (status, page) = program.get("/metrics").await;
    assert_eq!(status, 200);
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_and_robots_cannot_create_time_series() {
    let plant = Plant::start().await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut client = plant.program.watch_all().await;
    plant.robot().await.is_at(&vehicle, 1.0).await;
    client.until_at(&vehicle, 1.0).await;
    attack(&plant, "invented", 0.0).await;
    let first = page(&plant.program).await;
    for series in series_of(&first) {
        assert_eq!(series.check(), Ok(()));
    }
    promtool(&["check", "metrics"], &first);

    for (number, invented) in ["Other", "another", "last1"].into_iter().enumerate() {
        attack(&plant, invented, 1.0 + number as f64).await;
    }
    let (before, after) = (series_of(&first), series_of(&page(&plant.program).await));
    let created: Vec<_> = after.difference(&before).collect();
    assert_eq!(created, Vec::<&Series>::new());
}

#[test]
fn undescribed_series_are_found() {
    let route = concat!(
        r#"fleetwatch_http_request_duration_seconds_bucket{method="GET",route="/docs/{file:.*}","#,
        r#"status="200",le="0.5"} 7"#
    );
    for (line, is_known) in [
        (route, true),
        (r#"fleetwatch_queue_length{queue="refusals"} 0"#, true),
        ("process_threads 9", true),
        ("fleetwatch_queue_length{queue=\"other\"} 0", false),
        ("fleetwatch_ws_frames_total{client=\"a\"} 0", false),
        ("fleetwatch_other 1", false),
    ] {
        assert_eq!(Series::parse(line).check().is_ok(), is_known, "{line}");
    }
}
