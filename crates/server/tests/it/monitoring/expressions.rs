//! The metrics and labels in PromQL expressions.

use observability::metrics::{CATALOGUE, Kind, labels_of};

/// Labels that Prometheus adds.
pub(super) const ADDED: [&str; 3] = ["instance", "job", "le"];

/// A metric in an expression, with the matchers of its labels.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Selector<'a> {
    pub(super) name: &'a str,
    /// The label, the operator and the value of each matcher.
    pub(super) matchers: Vec<(&'a str, &'a str, &'a str)>,
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

/// Returns the metrics of the server, and of rules, in a text.
pub(super) fn selectors(text: &str) -> Vec<Selector<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_of_name) {
        rest = &rest[start..];
        let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        if ["fleetwatch_", "fleetwatch:", "process_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            let (matchers, behind) = matchers(rest);
            found.push(Selector { name, matchers });
            rest = behind;
        }
    }
    found
}

/// Returns the matchers at the start of a text, and the text after them.
fn matchers(text: &str) -> (Vec<(&str, &str, &str)>, &str) {
    let mut found = Vec::new();
    let Some(mut rest) = text.strip_prefix('{') else {
        return (found, text);
    };
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(behind) = rest.strip_prefix('}') {
            return (found, behind);
        }
        let (label, operator_and_rest) = rest.split_at(rest.find(['=', '!']).expect("an operator"));
        let (operator, value_and_rest) = operator_and_rest.split_once('"').expect("a value");
        let (value, behind) = value_and_rest.split_once('"').expect("the end of a value");
        found.push((label, operator, value));
        rest = behind;
    }
}

/// Checks that the metrics and labels of an expression exist. `recorded` are the names of recording rules.
///
/// # Errors
/// Returns the first fault.
pub(super) fn check(expression: &str, recorded: &[String]) -> Result<(), String> {
    for Selector { name, matchers } in selectors(expression) {
        if name.contains(':') {
            if !recorded.iter().any(|known| known == name) {
                return Err(format!("there is no recording rule {name}"));
            }
            continue;
        }
        let metric = CATALOGUE.iter().find(|metric| match metric.kind {
            Kind::Histogram(_) => ["_bucket", "_count", "_sum"]
                .iter()
                .any(|suffix| name.strip_suffix(suffix) == Some(metric.name)),
            Kind::Counter | Kind::Gauge => metric.name == name,
        });
        let metric = metric.ok_or_else(|| format!("there is no metric {name}"))?;
        for (label, operator, value) in matchers {
            if ADDED.contains(&label) {
                continue;
            }
            let known = labels_of(metric.name).iter().find(|known| known.name == label);
            let known = known.ok_or_else(|| format!("{} has no label {label}", metric.name))?;
            if matches!(operator, "=" | "!=") && !known.values.allow(value) {
                return Err(format!("{label} of {} is never {value:?}", metric.name));
            }
        }
    }
    Ok(())
}

#[test]
fn selectors_are_found() {
    let text = r#"sum by (le) (rate(fleetwatch_a_bucket{le="0.5", route!~"/x|y",kind=~"a"}[5m])) / fleetwatch:b:c5m"#;
    assert_eq!(
        selectors(text),
        [
            Selector {
                name: "fleetwatch_a_bucket",
                matchers: vec![("le", "=", "0.5"), ("route", "!~", "/x|y"), ("kind", "=~", "a")],
            },
            Selector {
                name: "fleetwatch:b:c5m",
                matchers: Vec::new(),
            },
        ]
    );
}

#[test]
fn unknown_names_are_found() {
    let recorded = ["fleetwatch:known:ratio".to_owned()];
    for (expression, fault) in [
        (
            "rate(fleetwatch_ws_frames_total[5m]) > fleetwatch:known:ratio",
            None,
        ),
        (r#"fleetwatch_queue_length{queue="refusals",instance="a"}"#, None),
        (
            "fleetwatch_data_age_seconds_bucket{le=\"1\"} / process_threads",
            None,
        ),
        (
            "fleetwatch_ws_frames",
            Some("there is no metric fleetwatch_ws_frames"),
        ),
        (
            "fleetwatch_data_age_seconds",
            Some("there is no metric fleetwatch_data_age_seconds"),
        ),
        (
            "fleetwatch:other:ratio",
            Some("there is no recording rule fleetwatch:other:ratio"),
        ),
        (
            r#"fleetwatch_queue_length{name="refusals"}"#,
            Some("fleetwatch_queue_length has no label name"),
        ),
        (
            r#"fleetwatch_vehicles{connection!="connected"}"#,
            Some(r#"connection of fleetwatch_vehicles is never "connected""#),
        ),
    ] {
        assert_eq!(
            check(expression, &recorded).err().as_deref(),
            fault,
            "{expression}"
        );
    }
}
