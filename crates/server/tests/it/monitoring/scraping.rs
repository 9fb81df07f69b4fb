//! A real Prometheus scrapes a server, evaluates the rules, and answers the queries of the dashboards.

use std::time::Duration;

use serde_json::Value;

use super::{dashboards, prometheus::Prometheus};
use crate::end_to_end::support::{Plant, until_ok};

/// Pause between two messages from the robot.
const PAUSE: Duration = Duration::from_millis(250);

/// Expressions that are true for a server with one vehicle and one client.
const TRUE: &[&str] = &[
    r#"up{job="fleetwatch"} == 1"#,
    r#"fleetwatch_build_info{version!=""} == 1"#,
    "fleetwatch_active_vehicles == 1",
    r#"fleetwatch_vehicles{connection="CONNECTED"} == 1"#,
    "fleetwatch_feed_up == 1",
    "fleetwatch_ws_connections == 1",
    "fleetwatch_live_subscribers == 1",
    "fleetwatch_live_slow_subscribers == 0",
    "fleetwatch_live_lock_longest_hold_seconds > 0",
    r#"fleetwatch_ingest_messages_total{outcome="accepted"} > 0"#,
    "fleetwatch_ingest_backlog_limit_bytes >= 32 * 1024 * 1024",
    "fleetwatch_ingest_backlog_bytes < fleetwatch_ingest_backlog_limit_bytes",
    "fleetwatch_delivery_latency_seconds_count > 0",
    r#"fleetwatch_pool_size{dependency="database"} == 10"#,
    r#"fleetwatch_pool_size{dependency="redis"} == 8"#,
    r#"sum by (dependency) (fleetwatch_pool_connections{dependency="database"}) > 0"#,
    r#"sum by (dependency) (fleetwatch_pool_connections{dependency="redis"}) > 0"#,
    "count(fleetwatch_pool_waiting) == 2",
    "count(fleetwatch_queue_length) == 5",
    r#"fleetwatch_queue_capacity{queue="dead_letters"} == 10000"#,
    r#"fleetwatch_queue_capacity{queue="refusals"} == 1000"#,
    r#"fleetwatch_queue_capacity{queue="passwords"} > 0"#,
    r#"process_resident_memory_bytes{job="fleetwatch"} > 1024 * 1024"#,
    r#"process_resident_memory_bytes{job="fleetwatch"} < fleetwatch_memory_limit_bytes"#,
    r#"process_virtual_memory_bytes{job="fleetwatch"} > 1024 * 1024"#,
    r#"process_cpu_seconds_total{job="fleetwatch"} > 0"#,
    r#"process_open_fds{job="fleetwatch"} < process_max_fds"#,
    r#"process_threads{job="fleetwatch"} > 1"#,
    r#"time() - process_start_time_seconds{job="fleetwatch"} < 3600"#,
    "fleetwatch:delivery_slow:ratio_rate5m <= 1",
    "fleetwatch:api_errors:ratio_rate5m <= 1",
];

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_the_metrics_and_evaluates_the_rules() {
    let plant = Plant::start().await;
    let prometheus = Prometheus::scraping(&plant.program.address).await;
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut client = plant.program.watch_all().await;
    let mut robot = plant.robot().await;
    // Rates, and the connection of the vehicle, need continuous messages and requests.
    let moving = async {
        for step in 0_u32.. {
            let x = f64::from(step % 10) / 2.0;
            robot.is_at(&vehicle, x).await;
            client.until_at(&vehicle, x).await;
            plant.program.as_administrator("GET", "/api/vehicles", None).await;
            tokio::time::sleep(PAUSE).await;
        }
    };
    let looking = async {
        for expression in TRUE {
            prometheus.until(expression).await;
        }
        for query in dashboards::queries() {
            prometheus.query(&query).await;
        }
        until_ok("all rules are evaluated", || async {
            let rules = rules(&prometheus).await;
            let faults = rules.iter().filter(|rule| rule["health"] == "err");
            assert_eq!(faults.collect::<Vec<_>>(), Vec::<&Value>::new());
            (rules.len() > 40 && rules.iter().all(|rule| rule["health"] == "ok")).then_some(())
        })
        .await;
        let firing = prometheus.query(r#"ALERTS{alertstate="firing"}"#).await;
        assert_eq!(firing, Vec::<Value>::new());
    };
    tokio::select! {
        () = looking => {}
        () = moving => {}
    }
}

/// Returns all rules that Prometheus has loaded.
async fn rules(prometheus: &Prometheus) -> Vec<Value> {
    let data = prometheus.get("rules", &[]).await;
    let groups = data["groups"].as_array().expect("groups").clone();
    let rules = groups
        .iter()
        .flat_map(|group| group["rules"].as_array().expect("rules").clone());
    rules.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_become_pending_when_the_feed_and_the_server_are_lost() {
    let plant = Plant::start().await;
    let prometheus = Prometheus::scraping(&plant.program.address).await;
    prometheus.until("fleetwatch_feed_up == 1").await;
    let Plant { program, redis, .. } = plant;
    drop(redis);
    prometheus.until("fleetwatch_feed_up == 0").await;
    prometheus
        .until(r#"ALERTS{alertname="FleetwatchFeedDown", alertstate="pending"}"#)
        .await;
    drop(program);
    prometheus.until(r#"up{job="fleetwatch"} == 0"#).await;
    prometheus
        .until(r#"ALERTS{alertname="FleetwatchDown", alertstate="pending"}"#)
        .await;
}
