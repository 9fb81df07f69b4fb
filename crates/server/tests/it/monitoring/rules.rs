//! The configuration, the recording rules and the alerts of Prometheus.

use std::{collections::BTreeSet, fs};

use super::{deployed, expressions, files, promtool};

const RUNBOOKS: &str = include_str!("../../../../../docs/runbooks.md");

/// Start of the links to the paragraphs of [`RUNBOOKS`].
const RUNBOOK_URL: &str = "https://github.com/fleetwatch/fleetwatch/blob/main/docs/runbooks.md#";

/// A rule, as text.
struct Rule {
    name: String,
    text: String,
}

/// Returns the rules whose first line has this key.
fn rules(key: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (_, text) in files("prometheus/rules") {
        for rule in text.split("\n      - ").skip(1) {
            if let Some(rule) = rule.strip_prefix(&format!("{key}: ")) {
                let (name, text) = rule.split_once('\n').expect("more than a name");
                rules.push(Rule {
                    name: name.to_owned(),
                    text: text.to_owned(),
                });
            }
        }
    }
    assert!(!rules.is_empty(), "there are rules with {key}");
    rules
}

/// Returns the names of the recording rules.
pub(super) fn recorded() -> Vec<String> {
    rules("record").into_iter().map(|rule| rule.name).collect()
}

/// Returns the names of the alerts. An alert may consist of several rules.
fn alerts() -> BTreeSet<String> {
    rules("alert").into_iter().map(|rule| rule.name).collect()
}

#[test]
fn promtool_accepts_the_configuration_and_the_rules() {
    let configuration = deployed("prometheus/prometheus.yml");
    promtool(&["check", "config", configuration.to_str().expect("UTF-8")], "");
    for (path, _) in files("prometheus/rules") {
        let output = promtool(&["check", "rules", path.to_str().expect("UTF-8")], "");
        assert!(output.contains(" rules found"), "{output}");
    }
}

#[test]
fn every_alert_fires_when_it_should() {
    for (path, _) in files("prometheus/tests") {
        promtool(&["test", "rules", path.to_str().expect("UTF-8")], "");
    }
}

#[test]
fn every_alert_has_cases_in_which_it_fires_and_does_not() {
    let cases = fs::read_to_string(deployed("prometheus/tests/alerts.yml")).expect("text");
    let case = |alert: &str, expected: &str| format!("alertname: {alert}\n        exp_alerts:{expected}\n");
    for alert in alerts() {
        assert!(cases.contains(&case(&alert, "")), "{alert} fires in no case");
        assert!(
            cases.contains(&case(&alert, " []")),
            "{alert} fires in every case"
        );
    }
}

#[test]
fn every_alert_has_a_severity_and_a_runbook() {
    for Rule { name, text } in rules("alert") {
        let severities = ["critical", "warning"].map(|severity| format!("severity: {severity}\n"));
        assert!(
            severities.iter().any(|severity| text.contains(severity)),
            "{name}"
        );
        for annotation in ["summary: ", "description: "] {
            assert!(text.contains(annotation), "{name} has no {annotation}");
        }
        let link = format!("runbook_url: {RUNBOOK_URL}{}", name.to_lowercase());
        assert!(text.lines().any(|line| line.trim() == link), "{name}: {link}");
    }
}

#[test]
fn the_runbooks_explain_exactly_the_alerts() {
    let paragraphs: Vec<_> = RUNBOOKS
        .split("\n## ")
        .skip(1)
        .map(|section| section.split_once('\n').expect("a heading"))
        .collect();
    for (alert, text) in &paragraphs {
        assert!(
            text.trim().len() > 150,
            "the paragraph of {alert} explains little"
        );
    }
    let explained: BTreeSet<_> = paragraphs.iter().map(|(alert, _)| (*alert).to_owned()).collect();
    assert_eq!(explained.len(), paragraphs.len(), "no heading is repeated");
    assert_eq!(explained, alerts());
}

#[test]
fn every_metric_in_the_rules_exists() {
    let recorded = recorded();
    for (path, text) in files("prometheus/rules")
        .into_iter()
        .chain(files("prometheus/tests"))
    {
        assert_eq!(expressions::check(&text, &recorded), Ok(()), "{}", path.display());
    }
}
