//! The dashboards of Grafana.

use std::{collections::HashSet, path::PathBuf};

use serde_json::Value;

use super::{expressions, files, rules::recorded};

/// Reference to the data source that the reader of a dashboard selects.
const DATA_SOURCE: &str = "${datasource}";

/// Returns the dashboards.
fn dashboards() -> Vec<(PathBuf, Value)> {
    let dashboards: Vec<_> = files("grafana/dashboards")
        .into_iter()
        .map(|(path, text)| {
            let dashboard = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            (path, dashboard)
        })
        .collect();
    assert!(!dashboards.is_empty(), "there are dashboards");
    dashboards
}

fn panels(dashboard: &Value) -> &[Value] {
    dashboard["panels"].as_array().expect("panels")
}

fn targets(panel: &Value) -> impl Iterator<Item = &Value> {
    panel["targets"].as_array().into_iter().flatten()
}

/// Returns the queries of all panels, with values instead of Grafana's variables.
pub(super) fn queries() -> Vec<String> {
    let mut queries = Vec::new();
    for (_, dashboard) in dashboards() {
        for target in panels(&dashboard).iter().flat_map(targets) {
            let query = target["expr"].as_str().expect("an expression");
            let query = query.replace("$__rate_interval", "1m").replace("$instance", ".*");
            assert!(!query.contains('$'), "an unknown variable: {query}");
            queries.push(query);
        }
    }
    queries
}

#[test]
fn every_metric_in_the_dashboards_exists() {
    let recorded = recorded();
    for query in queries() {
        assert!(
            !expressions::selectors(&query).is_empty() || query.contains("up{"),
            "{query}"
        );
        assert_eq!(expressions::check(&query, &recorded), Ok(()), "{query}");
    }
}

#[test]
fn every_panel_is_described_and_has_a_place_of_its_own() {
    let mut dashboard_ids = HashSet::new();
    for (path, dashboard) in dashboards() {
        assert!(dashboard_ids.insert(dashboard["uid"].to_string()), "{path:?}");
        let (mut ids, mut titles, mut cells) = (HashSet::new(), HashSet::new(), HashSet::new());
        for panel in panels(&dashboard) {
            let title = panel["title"].as_str().expect("a title");
            assert!(ids.insert(panel["id"].to_string()), "the id of {title}");
            assert!(titles.insert(title.to_owned()), "the title {title}");
            let size = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
            assert!(size("x") + size("w") <= 24, "{title} is too wide");
            for x in size("x")..size("x") + size("w") {
                for y in size("y")..size("y") + size("h") {
                    assert!(cells.insert((x, y)), "{title} covers another panel");
                }
            }
            if panel["type"] == "row" {
                continue;
            }
            assert!(
                panel["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{title}"
            );
            assert!(targets(panel).count() > 0, "{title} has no queries");
            for queried in targets(panel).chain([panel]) {
                assert_eq!(queried["datasource"]["uid"], DATA_SOURCE, "{title}");
            }
        }
    }
}
