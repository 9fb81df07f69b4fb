//! Rules between several settings.

use super::*;

#[test]
fn a_receiver_of_traces_has_a_path_only_over_http() {
    let with = |protocol| {
        [
            (
                "FLEETWATCH_TELEMETRY__OTLP_ENDPOINT",
                "https://collector.example/otlp",
            ),
            ("FLEETWATCH_TELEMETRY__OTLP_CA_FILE", "/etc/ssl/ca.pem"),
            ("FLEETWATCH_TELEMETRY__OTLP_PROTOCOL", protocol),
        ]
    };
    assert!(load(None, &with("http")).is_ok());
    let problems = load(None, &with("grpc")).expect_err("a path");
    let fault = "must not have a path with TELEMETRY__OTLP_PROTOCOL = grpc";
    assert!(problems.to_string().contains(fault), "{problems}");
}

#[test]
fn plain_keys_are_rejected_only_with_a_cluster() {
    let plain = ("FLEETWATCH_REDIS__KEY_STYLE", "plain");
    valid(load(None, &[plain, ("FLEETWATCH_REDIS__URL", "redis://h:1")]));
    let faults = faults(load(
        None,
        &[plain, ("FLEETWATCH_REDIS__URL", "redis-cluster://h:1")],
    ));
    assert!(
        faults[0].starts_with("FLEETWATCH_REDIS__KEY_STYLE: must be tagged"),
        "{faults:?}"
    );
}

#[test]
fn a_rule_between_two_settings_is_skipped_if_one_is_invalid() {
    check_refused(
        "FLEETWATCH_LIVE__DISCONNECTED_AFTER_MS",
        "soon",
        "must be a whole number of milliseconds",
    );
}

#[test]
fn a_complete_description_does_not_continue_with_the_text() {
    let endpoint = (
        "FLEETWATCH_TELEMETRY__OTLP_ENDPOINT",
        "http://collector.example/v1/traces",
    );
    let expected = "FLEETWATCH_TELEMETRY__OTLP_ENDPOINT: must not end with /v1/traces, which is appended";
    assert_eq!(faults(load(None, &[endpoint])), [expected]);
}

#[test]
fn the_first_administrator_needs_both_name_and_password() {
    let name = ("FLEETWATCH_AUTH__ADMIN_USERNAME", "root");
    let config = valid(load(
        None,
        &[name, ("FLEETWATCH_AUTH__ADMIN_PASSWORD", "correct horse")],
    ));
    let first = config.auth.first_administrator.expect("both were given");
    assert_eq!(
        (first.username.as_str(), first.password.expose_secret()),
        ("root", "correct horse")
    );
    assert_eq!((first.role, first.organization_id), (domain::Role::Admin, None));
    let faults = faults(load(None, &[name]));
    assert!(
        faults[0]
            .starts_with("FLEETWATCH_AUTH__ADMIN_PASSWORD: must be given together with AUTH__ADMIN_USERNAME"),
        "{faults:?}"
    );
}

#[rstest]
#[case(
    "root",
    "short",
    "FLEETWATCH_AUTH__ADMIN_PASSWORD: must have at least 12 characters"
)]
#[case(
    "correcthorse",
    "CorrectHorse",
    "FLEETWATCH_AUTH__ADMIN_PASSWORD: must not be the username"
)]
#[case(
    "ro ot",
    "correct horse",
    "FLEETWATCH_AUTH__ADMIN_USERNAME: must not contain whitespace"
)]
fn the_first_administrator_must_meet_the_rules_for_users(
    #[case] username: &str,
    #[case] password: &str,
    #[case] expected: &str,
) {
    let faults = faults(load(
        None,
        &[
            ("FLEETWATCH_AUTH__ADMIN_USERNAME", username),
            ("FLEETWATCH_AUTH__ADMIN_PASSWORD", password),
        ],
    ));
    assert!(faults[0].starts_with(expected), "{faults:?}");
    assert!(!faults[0].contains(password), "{faults:?}");
}
