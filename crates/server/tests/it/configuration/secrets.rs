//! Secret files, as mounted by an orchestrator.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

/// The secret key of the first test of RFC 8032, section 7.1.
const SIGNING_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

/// Names and contents. Every content except the key contains the word `hidden`.
const SECRETS: &[(&str, &str)] = &[
    (
        "database_url",
        "postgres://fleetwatch:hidden@db.example.com:5432/fleetwatch?sslmode=require\n",
    ),
    ("redis_url", "rediss://:hidden@redis.example.com:6379/0\n"),
    ("signing_key", SIGNING_KEY),
    ("metrics_token", "hidden-0123456789abcdef\n"),
];

/// Writes a file with the given mode, and returns its path.
pub(super) fn write(directory: &Path, name: &str, content: &str, mode: u32) -> String {
    let path = directory.join(name);
    fs::write(&path, content).expect("writing it");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changing its mode");
    path.to_str().expect("a plain path").to_owned()
}

/// Writes the secrets of a deployment into a new directory.
pub(super) fn mounted() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, content) in SECRETS {
        write(directory.path(), name, content, 0o600);
    }
    directory
}

/// Checks that a program's output contains no secret.
pub(super) fn check_absent(printed: &str) {
    for secret in ["hidden", "MC4CAQAwBQYDK2Vw"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
