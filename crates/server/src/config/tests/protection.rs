//! Errors and warnings about badly protected secrets and stores.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// Creates a file with the given content and mode.
fn file(content: &str, mode: u32) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), content).expect("writing it");
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(file.path(), permissions).expect("changing its mode");
    file
}

/// Loads a configuration for the given environment, with stores on this machine.
fn load_in(environment: &str, key: &Path) -> Result<Effective, Problems> {
    let given = [
        ("FLEETWATCH_ENV", environment),
        ("FLEETWATCH_DATABASE__URL", "postgres://localhost/f"),
        ("FLEETWATCH_REDIS__URL", "redis://127.0.0.1"),
        ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
        (
            "FLEETWATCH_AUTH__SIGNING_KEY_FILE",
            key.to_str().expect("a plain path"),
        ),
    ];
    load(None, &given)
}

#[test]
fn a_world_readable_signing_key_is_rejected_in_production() {
    for mode in [0o644, 0o604, 0o666] {
        let key = file(KEY_PEM, mode);
        let faults = faults(load_in("production", key.path()));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].starts_with("FLEETWATCH_AUTH__SIGNING_KEY: its file is accessible to all users")
                && faults[0].contains(&format!("{mode:04o}")),
            "{faults:?}"
        );
        let warnings = valid(load_in("staging", key.path())).warnings;
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(
            warnings[0].starts_with("FLEETWATCH_AUTH__SIGNING_KEY: "),
            "{warnings:?}"
        );
    }
    // The group may read the file, because orchestrators mount secrets that way.
    for mode in [0o600, 0o400, 0o440] {
        let key = file(KEY_PEM, mode);
        assert_eq!(
            valid(load_in("production", key.path())).warnings,
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_setting_with_several_faults_is_named_once() {
    let key = file("not a key", 0o644);
    let faults = faults(load_in("production", key.path()));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with("FLEETWATCH_AUTH__SIGNING_KEY: no key found")
            && faults[0].contains("; its file is accessible to all users"),
        "{faults:?}"
    );
}

#[test]
fn other_world_readable_secrets_give_a_warning() {
    let secret = file("redis://127.0.0.1", 0o644);
    let path = secret.path().to_str().expect("a plain path");
    let warnings = valid(load(None, &[("FLEETWATCH_REDIS__URL_FILE", path)])).warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].starts_with("FLEETWATCH_REDIS__URL: its file is accessible to all users"),
        "{warnings:?}"
    );
}

#[test]
fn unprotected_stores_on_other_machines_give_warnings_in_production() {
    let key = adapters_auth::SigningKey::generate().to_pem();
    let given = |environment| {
        [
            ("FLEETWATCH_ENV", environment),
            ("FLEETWATCH_DATABASE__URL", "postgres://fleetwatch:hidden@db/f"),
            ("FLEETWATCH_REDIS__URL", "redis://redis"),
            ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
            ("FLEETWATCH_AUTH__SIGNING_KEY", key.expose_secret()),
        ]
    };
    let warnings = valid(load(None, &given("production"))).warnings;
    assert_eq!(
        warnings,
        [
            "FLEETWATCH_DATABASE__URL: the connection to another machine is not encrypted: add sslmode=require",
            "FLEETWATCH_REDIS__URL: the connection to another machine is not encrypted: use rediss://",
            "FLEETWATCH_REDIS__URL: the connection to another machine has no password",
        ]
    );
    assert_eq!(
        valid(load(None, &given("development"))).warnings,
        Vec::<String>::new()
    );
}

#[test]
fn an_encrypted_connection_to_valkey_gives_no_warning() {
    let key = adapters_auth::SigningKey::generate().to_pem();
    let warnings = |url| {
        let given = [
            ("FLEETWATCH_ENV", "production"),
            ("FLEETWATCH_DATABASE__URL", "postgres://localhost/f"),
            ("FLEETWATCH_REDIS__URL", url),
            ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
            ("FLEETWATCH_AUTH__SIGNING_KEY", key.expose_secret()),
        ];
        valid(load(None, &given)).warnings
    };
    assert_eq!(warnings("valkeys://:hidden@h"), Vec::<String>::new());
    assert_eq!(
        warnings("valkey://:hidden@h"),
        ["FLEETWATCH_REDIS__URL: the connection to another machine is not encrypted: use valkeys://"]
    );
}
