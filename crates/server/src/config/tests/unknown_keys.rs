//! Unknown keys, and the report of all problems.

use super::*;

#[test]
fn all_problems_are_reported_at_once() {
    let file = "[http]\nbnid = \"127.0.0.1:1\"\nworkers = 0\n[nonsense]\na = 1\n";
    let faults = faults(load_file(
        file,
        &[
            ("FLEETWATCH_LOG__FORMAT", "xml"),
            ("FLEETWATCH_LIVE__STALE_AFTER", "1"),
        ],
    ));
    let check = |start: &str| {
        assert!(
            faults.iter().any(|fault| fault.starts_with(start)),
            "{start} is not in {faults:#?}"
        );
    };
    check("FLEETWATCH_HTTP__WORKERS: must be a whole number from 1 to 1024, not \"0\"");
    check("FLEETWATCH_LOG__FORMAT: must be pretty or json, not \"xml\"");
    check("FLEETWATCH_HTTP__BNID: unknown key in ");
    check("FLEETWATCH_LIVE__STALE_AFTER: unknown key; did you mean FLEETWATCH_LIVE__STALE_AFTER_MS?");
    check("FLEETWATCH_NONSENSE__A: unknown key in ");
    assert_eq!(faults.len(), 5, "{faults:#?}");
}

#[rstest]
#[case("FLEETWATCH_HTTP_BIND", "did you mean FLEETWATCH_HTTP__BIND?")]
#[case("FLEETWATCH_DATABSE__URL_FILE", "did you mean FLEETWATCH_DATABASE__URL")]
#[case(
    "FLEETWATCH_HTTP",
    "this is a section with keys such as FLEETWATCH_HTTP__BIND"
)]
#[case(
    "FLEETWATCH_HTTP__BIND_FILE",
    "FLEETWATCH_HTTP__BIND is not a secret, so it cannot be read from a file"
)]
#[case("FLEETWATCH_", "unknown key")]
fn an_unknown_key_is_rejected_with_a_hint(#[case] variable: &str, #[case] hint: &str) {
    check_refused(variable, "a-secret", hint);
}

#[test]
fn the_value_of_an_unknown_key_is_not_repeated() {
    let faults = faults(load(None, &[("FLEETWATCH_AUTH__SIGNINGKEY", "a-secret")]));
    assert!(!faults[0].contains("a-secret"), "{}", faults[0]);
}
