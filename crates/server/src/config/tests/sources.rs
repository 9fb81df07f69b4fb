//! Sources of settings: variables, the file, defaults.

use super::*;

#[test]
fn a_variable_overrides_the_file_and_the_file_the_default() {
    let file = "[live]\ninterval_ms = 250\nmax_jump_m = 4.5\n[log]\nlevel = \"debug\"\n";
    let effective = load_file(file, &[("FLEETWATCH_LOG__LEVEL", "warn")]).expect("valid");
    assert_eq!(effective.config.live.interval, Duration::from_millis(250));
    assert_eq!(effective.config.live.plausibility.max_jump_m, 4.5);
    assert_eq!(effective.config.log.level.as_str(), "warn");
    assert!(shown(&effective, "LIVE__INTERVAL_MS").contains(".toml"));
    assert!(shown(&effective, "LOG__LEVEL").ends_with("# environment"));
    assert!(shown(&effective, "LIVE__MAX_SPEED_MPS").ends_with("# default"));
}

#[test]
fn a_file_may_write_lists_as_arrays() {
    let config = valid(load_file(
        "[http]\ncors_origins = [\"https://a.example\", \"https://b.example:8443/\"]\n\
         [live]\nbounds = [-1, -2, -3, 1.5, 2, 3]\n",
        &[],
    ));
    assert_eq!(
        config.http.cors_origins,
        ["https://a.example", "https://b.example:8443"]
    );
    assert_eq!(config.live.plausibility.bounds.to_string(), "-1,-2,-3,1.5,2,3");
}

#[test]
fn a_variable_can_clear_a_list_of_the_file() {
    let file = "[http]\ntrusted_proxies = [\"10.0.0.0/8\"]\n";
    assert_eq!(valid(load_file(file, &[])).http.trusted_proxies.len(), 1);
    let config = valid(load_file(file, &[("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none")]));
    assert!(config.http.trusted_proxies.is_empty());
}

#[test]
fn an_empty_value_counts_as_unset() {
    let config = valid(load(
        None,
        &[
            ("FLEETWATCH_REDIS__URL", ""),
            ("FLEETWATCH_LIVE__INTERVAL_MS", " "),
        ],
    ));
    assert!(config.redis.url.is_none());
    assert_eq!(config.live.interval, Duration::from_millis(100));
}

#[test]
fn variables_of_other_programs_are_ignored() {
    valid(load(
        None,
        &[
            ("HTTP__BIND", "nonsense"),
            ("FLEETWATCHER_X", "1"),
            ("PATH", "/bin"),
        ],
    ));
}

#[rstest]
#[case::not_toml("[redis]\nurl = \"redis://:hidden@h\" trailing\n")]
#[case::cut_off("[redis]\nurl = \"redis://:hidden@h\n")]
fn an_invalid_toml_file_is_named_and_not_quoted(#[case] toml: &str) {
    let faults = faults(load_file(toml, &[("FLEETWATCH_LOG__FORMAT", "xml")]));
    assert!(
        faults[0].starts_with("--config ") && faults[0].contains("line 2"),
        "{faults:?}"
    );
    assert!(!faults[0].contains("hidden"), "{}", faults[0]);
    assert_eq!(faults.len(), 2, "the variables are checked as well: {faults:?}");
}

#[test]
fn a_missing_configuration_file_is_a_problem() {
    let faults = faults(load(Some(Path::new("/nowhere/fleetwatch.toml")), &[]));
    assert!(
        faults[0].starts_with("--config /nowhere/fleetwatch.toml: "),
        "{faults:?}"
    );
}
