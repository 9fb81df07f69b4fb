//! The form of the TOML file: names, types, empty values.

use std::os::unix::ffi::OsStringExt as _;

use super::*;

/// Checks that the file has exactly one fault, which begins with `expected`.
fn check_file_refused(toml: &str, expected: &str) {
    let faults = faults(load_file(toml, &[]));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with(expected),
        "{} and not {expected}",
        faults[0]
    );
}

#[rstest]
#[case(
    "[live]\ninterval_ms = \"50\"\n",
    "LIVE__INTERVAL_MS: must be a whole number of milliseconds from 1"
)]
#[case(
    "[live]\nmax_jump_m = true\n",
    "LIVE__MAX_JUMP_M: must be a number from 0 to 1000000; in "
)]
#[case("[http]\ndocs = \"true\"\n", "HTTP__DOCS: must be true or false; in ")]
#[case("[http]\nbind = 8080\n", "HTTP__BIND: must be host:port; in ")]
#[case(
    "[http]\ncors_origins = [1, 2]\n",
    "HTTP__CORS_ORIGINS: must be origins such as "
)]
#[case(
    "[auth]\nadmin_username = \"root\"\nadmin_password = { x = 1 }\n",
    "AUTH__ADMIN_PASSWORD: must be a password; in "
)]
#[case("[http.bind]\nport = 1\n", "HTTP__BIND: must be host:port; in ")]
#[case("[auth]\nissuer = 1979-05-27\n", "AUTH__ISSUER: must be a string; in ")]
#[case(
    "[redis]\nkey_style = [\"tagged\"]\n",
    "REDIS__KEY_STYLE: must be tagged or plain; in "
)]
#[case("[log.file]\n", "LOG__FILE: must be a path; in ")]
#[case("[log]\nfile = \" \"\n", "LOG__FILE: must not be empty in ")]
fn a_value_of_another_type_is_rejected(#[case] toml: &str, #[case] expected: &str) {
    check_file_refused(toml, &format!("{PREFIX}{expected}"));
}

#[test]
fn a_secret_of_another_type_is_not_repeated() {
    let faults = faults(load_file(
        "[auth]\nadmin_username = \"root\"\nadmin_password = 271828182845\n",
        &[],
    ));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with("FLEETWATCH_AUTH__ADMIN_PASSWORD: must be a password; in ")
            && faults[0].ends_with("it is of the type integer"),
        "{faults:?}"
    );
}

#[rstest]
#[case("[http]\nBind = \"h:1\"\n", "HTTP__BIND: must be written as [http] bind in ")]
#[case(
    "[http]\nBind = \"h:1\"\nbind = \"h:2\"\n",
    "HTTP__BIND: must be written as [http] bind in "
)]
#[case("[HTTP]\nbind = \"h:1\"\n", "HTTP__BIND: must be written as [http] bind in ")]
#[case("http__bind = \"h:1\"\n", "HTTP__BIND: must be written as [http] bind in ")]
#[case(
    "http__bind = \"h:1\"\n[http]\nbind = \"h:2\"\n",
    "HTTP__BIND: must be written as [http] bind in "
)]
#[case("ENV = \"staging\"\n", "ENV: must be written as env in ")]
#[case("Bnid = 1\n", "BNID: unknown key in ")]
#[case("[htpp]\n", "HTPP: unknown key in ")]
#[case("http = 5\n", "HTTP: unknown key in ")]
#[case("[[http]]\nbind = \"h:1\"\n", "HTTP: unknown key in ")]
#[case("[http.bnid]\nport = 1\n", "HTTP__BNID: unknown key in ")]
fn a_setting_can_be_written_in_one_way_only(#[case] toml: &str, #[case] expected: &str) {
    check_file_refused(toml, &format!("{PREFIX}{expected}"));
}

#[test]
fn a_section_may_be_empty() {
    valid(load_file("[http]\n[live]\n", &[]));
}

#[test]
fn an_empty_array_is_an_empty_list() {
    let key = adapters_auth::SigningKey::generate().to_pem();
    let config = valid(load_file(
        "env = \"production\"\n[http]\ntrusted_proxies = []\n",
        &[
            ("FLEETWATCH_DATABASE__URL", "postgres://localhost/f"),
            ("FLEETWATCH_REDIS__URL", "redis://localhost"),
            ("FLEETWATCH_AUTH__SIGNING_KEY", key.expose_secret()),
        ],
    ));
    assert_eq!(config.environment, Environment::Production);
    assert!(config.http.trusted_proxies.is_empty());
}

#[test]
fn a_faulty_value_that_a_variable_overrides_is_ignored() {
    let file = "[live]\ninterval_ms = \"often\"\n";
    let config = valid(load_file(file, &[("FLEETWATCH_LIVE__INTERVAL_MS", "50")]));
    assert_eq!(config.live.interval, Duration::from_millis(50));
}

#[test]
fn a_variable_that_is_not_utf_8_is_reported_once() {
    let variables = [
        ("FLEETWATCH_ENV", b"production".to_vec()),
        ("FLEETWATCH_HTTP__TRUSTED_PROXIES", vec![0xff]),
        ("FLEETWATCH_DATABASE__URL", vec![0xff]),
        ("FLEETWATCH_REDIS__URL_FILE", vec![0xff]),
        ("FLEETWATCH_AUTH__SIGNING_KEY", vec![0xff]),
        ("FLEETWATCH_UNKNOWN", vec![0xff]),
    ];
    let variables = variables.map(|(name, value)| (OsString::from(name), OsString::from_vec(value)));
    assert_eq!(
        faults(Effective::load(None, variables)),
        [
            "FLEETWATCH_HTTP__TRUSTED_PROXIES: must be UTF-8",
            "FLEETWATCH_DATABASE__URL: must be UTF-8",
            "FLEETWATCH_REDIS__URL: the path of its file must be UTF-8",
            "FLEETWATCH_AUTH__SIGNING_KEY: must be UTF-8",
            "FLEETWATCH_UNKNOWN: unknown key",
        ]
    );
}

#[test]
fn an_unknown_key_of_both_sources_names_both() {
    let faults = faults(load_file(
        "[http]\nbnid = \"h:1\"\n",
        &[("FLEETWATCH_HTTP__BNID", "h:2")],
    ));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with("FLEETWATCH_HTTP__BNID: unknown key, also in /")
            && faults[0].ends_with(".toml; did you mean FLEETWATCH_HTTP__BIND?"),
        "{faults:?}"
    );
}

#[test]
fn control_characters_in_names_are_escaped() {
    let faults = faults(load_file(
        "[\"ht\\u001b[31mtp\"]\nbind = 1\n",
        &[("FLEETWATCH_A\nB", "1"), ("FLEETWATCH_\u{202e}", "1")],
    ));
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert_eq!(faults[0], "FLEETWATCH_A\\nB: unknown key");
    assert!(
        faults[1].starts_with("FLEETWATCH_HT\\u{1b}[31MTP__BIND: "),
        "{faults:?}"
    );
    assert_eq!(faults[2], "FLEETWATCH_\\u{202e}: unknown key");
}

#[rstest]
#[case("a = [\n", "unclosed array, expected `]`")]
#[case(
    "[live]\n\ninterval_ms = 50\ninterval_ms = 60\n",
    "line 4, column 1: the key interval_ms is given twice"
)]
#[case("[live]\n[http]\n[live]\n", "line 3, column 2: the key live is given twice")]
#[case(
    "[auth]\nadmin_password = 271828182845904523536028\n",
    "line 2, column 18: the number is too large"
)]
#[case(
    "[auth]\nadmin_password = 18446744073709551615\n",
    "line 2, column 18: the number is too large"
)]
fn a_fault_of_the_syntax_has_its_place_and_does_not_repeat_values(
    #[case] toml: &str,
    #[case] expected: &str,
) {
    let faults = faults(load_file(toml, &[]));
    assert_eq!(faults.len(), 1, "{faults:?}");
    let (place, fault) = faults[0].split_once(".toml: ").expect("the name of the file");
    assert!(place.starts_with("--config /"), "{place}");
    assert!(fault.starts_with("line ") && fault.ends_with(expected), "{fault}");
}

#[test]
fn an_endless_file_is_rejected() {
    let faults = faults(load(Some(Path::new("/dev/zero")), &[]));
    assert_eq!(
        faults,
        ["--config /dev/zero: cannot be read: it is larger than 1 MiB"]
    );
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark() {
    let config = valid(load_file("\u{feff}[live]\ninterval_ms = 50\n", &[]));
    assert_eq!(config.live.interval, Duration::from_millis(50));
}
