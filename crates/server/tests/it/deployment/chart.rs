//! The Helm chart, rendered with the values in `deploy/helm/cases`.

use std::fs;

use rstest::rstest;
use serde_json::{Value, json};

use super::{files, must, printed, repository, secrets::Secrets, tool, yaml};
use crate::command_line::{fleetwatch, stderr};

/// Version of Kubernetes whose schemas `deploy/checks/install.sh` keeps.
const KUBERNETES: &str = "1.34";

/// Renders the chart with the values of a case.
fn rendered(case: &str) -> String {
    let values = repository("deploy/helm/cases").join(case).with_extension("yaml");
    must(
        tool("helm")
            .args(["template", "fleetwatch", "deploy/helm/fleetwatch", "--values"])
            .arg(values),
    )
}

/// Renders the chart, and returns its objects.
fn objects(case: &str) -> Vec<Value> {
    yaml(&rendered(case))
}

/// Returns the only object of a kind with this name.
fn object<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let mut found = objects
        .iter()
        .filter(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    let only = found
        .next()
        .unwrap_or_else(|| panic!("there is no {kind} {name}"));
    assert!(found.next().is_none(), "there are several {kind} {name}");
    only
}

fn pod(object: &Value) -> &Value {
    &object["spec"]["template"]["spec"]
}

#[test]
fn kubernetes_accepts_the_objects_of_every_case() {
    for case in files("deploy/helm/cases", ".yaml") {
        must(
            tool("helm")
                .args(["lint", "--strict", "deploy/helm/fleetwatch", "--values"])
                .arg(&case),
        );
        let case = case.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = rendered(&case);
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), &text).expect("it can be written");
        let output = tool("kubernetes-validate")
            .args(["--kubernetes-version", KUBERNETES, "--strict"])
            .arg(file.path())
            .output()
            .expect("it is installed");
        let printed = printed(&output);
        assert!(output.status.success(), "{case}: {printed}");
        let (valid, all) = (
            printed.matches(" passed for resource ").count(),
            yaml(&text).len(),
        );
        // There are no schemas for the custom resources of Kubernetes operators.
        let of_operators = text.matches("\nkind: ServiceMonitor\n").count();
        assert_eq!(valid + of_operators, all, "{case}: {printed}");
    }
}

#[rstest]
#[case::unknown_proxies(&[], "settings.HTTP__TRUSTED_PROXIES")]
#[case::a_misspelt_value(&["replica=3"], "replica")]
#[case::a_setting_that_is_none(&["settings.interval=5"], "interval")]
#[case::no_time_to_drain(&["settings.HTTP__DRAIN_MS=0"], "HTTP__DRAIN_MS")]
#[case::no_time_to_finish_requests(
    &["environment=staging", "settings.HTTP__SHUTDOWN_TIMEOUT_MS=9000"],
    "settings.HTTP__DRAIN_MS"
)]
#[case::metrics_with_checked_hosts(
    &["environment=staging", "settings.HTTP__ALLOWED_HOSTS=fleet.example", "serviceMonitor.enabled=true"],
    "settings.HTTP__ALLOWED_HOSTS"
)]
#[case::metrics_without_a_token(
    &["settings.HTTP__TRUSTED_PROXIES=none", "serviceMonitor.enabled=true"],
    "secrets.keys.HTTP__METRICS_TOKEN"
)]
#[case::closed_metrics_without_a_token(
    &["environment=staging", "settings.HTTP__METRICS=false", "serviceMonitor.enabled=true"],
    "secrets.keys.HTTP__METRICS_TOKEN"
)]
#[case::an_ingress_without_hosts(&["environment=staging", "ingress.enabled=true"], "ingress.hosts")]
fn mistakes_in_the_values_are_named(#[case] values: &[&str], #[case] named: &str) {
    let mut helm = tool("helm");
    helm.args(["template", "fleetwatch", "deploy/helm/fleetwatch"]);
    for value in values {
        helm.args(["--set", value]);
    }
    let output = helm.output().expect("it is installed");
    assert!(!output.status.success(), "{values:?}");
    assert!(printed(&output).contains(named), "{}", printed(&output));
}

/// Returns the variables of a container, with the files of its secrets in `secrets`.
fn variables(objects: &[Value], pod: &Value, secrets: &Secrets) -> Vec<(String, String)> {
    let container = &pod["containers"][0];
    let map = container["envFrom"][0]["configMapRef"]["name"]
        .as_str()
        .expect("a name");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let data = object(objects, "ConfigMap", map)["data"]
        .as_object()
        .expect("data");
    let mut variables: Vec<_> = data
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let directory = secrets.path().to_str().expect("UTF-8");
    for variable in container["env"].as_array().expect("variables") {
        let value = text(&variable["value"]).replace("/run/secrets/fleetwatch", directory);
        variables.push((text(&variable["name"]), value));
    }
    variables
}

#[rstest]
#[case::smallest("smallest")]
#[case::everything("everything")]
#[case::staging("staging")]
fn the_program_accepts_the_settings(#[case] case: &str) {
    let (objects, secrets) = (objects(case), Secrets::make());
    let pods = objects
        .iter()
        .filter(|object| matches!(object["kind"].as_str(), Some("Deployment" | "Job")));
    for object in pods {
        let variables = variables(&objects, pod(object), &secrets);
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let output = fleetwatch(&["config"], &variables);
        assert_eq!(output.status.code(), Some(0), "{case}: {}", stderr(&output));
        let printed = printed(&output);
        assert!(!printed.contains("# warning"), "{case}: {printed}");
    }
}

#[test]
fn large_numbers_stay_whole() {
    let objects = objects("everything");
    let settings = &object(&objects, "ConfigMap", "fleetwatch")["data"];
    assert_eq!(settings["FLEETWATCH_WS__MAX_CONNECTIONS"], "10000000");
    assert_eq!(settings["FLEETWATCH_LIVE__MAX_SPEED_MPS"], "2.5");
}

#[rstest]
#[case::by_default("smallest", "5000", 15)]
// 25.5 s to shut down, of which 12 s are for the drain, and 5 s in reserve.
#[case::with_more_time("everything", "12000", 31)]
fn pods_have_time_to_drain_and_to_stop(#[case] case: &str, #[case] drain_ms: &str, #[case] grace_s: u64) {
    let objects = objects(case);
    let settings = &object(&objects, "ConfigMap", "fleetwatch")["data"];
    assert_eq!(settings["FLEETWATCH_HTTP__DRAIN_MS"], drain_ms);
    let pod = pod(object(&objects, "Deployment", "fleetwatch"));
    assert_eq!(pod["terminationGracePeriodSeconds"], grace_s);
}

#[test]
fn pods_are_confined() {
    let objects = objects("everything");
    for (kind, name) in [("Deployment", "fleetwatch"), ("Job", "fleetwatch-migrate")] {
        let pod = pod(object(&objects, kind, name));
        assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
        assert_eq!(pod["enableServiceLinks"], false, "{name}");
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{name}");
        assert_eq!(
            pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault",
            "{name}"
        );
        let container = &pod["containers"][0];
        assert_eq!(
            container["securityContext"],
            json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            }),
            "{name}"
        );
        assert!(container["resources"]["limits"]["memory"].is_string(), "{name}");
        // Readable by the group of the process, which `fsGroup` sets, and by no other user.
        assert_eq!(pod["volumes"][0]["secret"]["defaultMode"], 0o440, "{name}");
    }
}

#[test]
fn the_migration_runs_before_the_pods_and_alone_as_the_owner() {
    let objects = objects("everything");
    let job = object(&objects, "Job", "fleetwatch-migrate");
    assert_eq!(
        job["metadata"]["annotations"]["helm.sh/hook"],
        "pre-install,pre-upgrade"
    );
    let map = object(&objects, "ConfigMap", "fleetwatch-migrate");
    let weight = |object: &Value| {
        let weight = object["metadata"]["annotations"]["helm.sh/hook-weight"].as_str();
        weight.expect("a weight").parse::<i32>().expect("a number")
    };
    assert!(weight(map) < weight(job), "its settings exist before it runs");
    let owner = "FLEETWATCH_DATABASE__OWNER_URL_FILE";
    assert!(job.to_string().contains(owner));
    let deployment = object(&objects, "Deployment", "fleetwatch");
    assert!(!deployment.to_string().contains(owner));
    assert!(!deployment.to_string().contains("owner_url"));
}

#[test]
fn probes_use_a_host_that_the_server_accepts() {
    let objects = objects("staging");
    let container = &pod(object(&objects, "Deployment", "fleetwatch"))["containers"][0];
    for (probe, path) in [
        ("startupProbe", "/health/live"),
        ("livenessProbe", "/health/live"),
        ("readinessProbe", "/health/ready"),
    ] {
        let request = &container[probe]["httpGet"];
        assert_eq!(request["path"], path);
        assert_eq!(
            request["httpHeaders"],
            json!([{"name": "Host", "value": "staging.example"}])
        );
    }
}

#[test]
fn every_selector_matches_the_pods_and_not_the_migration() {
    let objects = objects("everything");
    let labels_of = |kind: &str, name: &str| {
        object(&objects, kind, name)["spec"]["template"]["metadata"]["labels"].clone()
    };
    let (pods, migration) = (
        labels_of("Deployment", "fleetwatch"),
        labels_of("Job", "fleetwatch-migrate"),
    );
    let selector = |kind: &str, pointer: &str| {
        object(&objects, kind, "fleetwatch")
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{kind}{pointer}"))
            .clone()
    };
    let selectors = [
        selector("Deployment", "/spec/selector/matchLabels"),
        selector("Service", "/spec/selector"),
        selector("PodDisruptionBudget", "/spec/selector/matchLabels"),
        selector("NetworkPolicy", "/spec/podSelector/matchLabels"),
    ];
    for selector in selectors {
        let labels = selector.as_object().expect("labels");
        let matches = |of: &Value| labels.iter().all(|(name, value)| of[name] == *value);
        assert!(matches(&pods) && !matches(&migration), "{selector}");
    }
    let monitor = selector("ServiceMonitor", "/spec/selector/matchLabels");
    let service = &object(&objects, "Service", "fleetwatch")["metadata"]["labels"];
    let labels = monitor.as_object().expect("labels");
    assert!(
        labels.iter().all(|(name, value)| service[name] == *value),
        "{monitor}"
    );
}

#[test]
fn the_ingress_routes_every_host_to_the_service_and_keeps_sockets_open() {
    let objects = objects("everything");
    let ingress = object(&objects, "Ingress", "fleetwatch");
    let service = object(&objects, "Service", "fleetwatch");
    let hosts: Vec<_> = ingress["spec"]["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|rule| {
            let backend = &rule["http"]["paths"][0]["backend"]["service"];
            assert_eq!(backend["name"], service["metadata"]["name"]);
            assert_eq!(backend["port"]["name"], service["spec"]["ports"][0]["name"]);
            rule["host"].clone()
        })
        .collect();
    assert_eq!(Value::from(hosts), ingress["spec"]["tls"][0]["hosts"]);
    let timeout = &ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-read-timeout"];
    assert_eq!(timeout, "3600");
}
