//! Secrets of an installation.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use adapters_auth::SigningKey;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

/// Files that contain the secrets of an installation.
pub(super) struct Secrets(TempDir);

impl Secrets {
    pub(super) fn make() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let key = SigningKey::generate().to_pem();
        for (name, secret) in [
            (
                "database_url",
                "postgres://fleetwatch:pw@db/fleetwatch?sslmode=require",
            ),
            ("owner_url", "postgres://owner:pw@db/fleetwatch?sslmode=require"),
            ("redis_url", "rediss://:pw@redis:6379"),
            ("signing_key", key.expose_secret()),
            ("metrics_token", "0123456789abcdef0123456789abcdef"),
            ("admin_password", "correct horse battery staple"),
        ] {
            let path = directory.path().join(name);
            fs::write(&path, secret).expect("it can be written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).expect("it is ours");
        }
        Self(directory)
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}
