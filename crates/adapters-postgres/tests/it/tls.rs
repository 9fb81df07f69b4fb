//! Verification of the server's certificate.

use std::io::Write;

use adapters_postgres::{Database, DatabaseOptions};
use application::{Error, ports::Dependency};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::NamedTempFile;
use test_stores::postgres::PrivatePostgres;
use uuid::Uuid;

struct Scene {
    postgres: PrivatePostgres,
    authority: NamedTempFile,
}

impl Scene {
    /// Starts a server with a certificate for the given names, from a dedicated authority.
    async fn set(names: &[&str]) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(authority, key).expect("a certificate");
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let certificate = CertificateParams::new(names)
            .expect("names")
            .signed_by(&key, &authority)
            .expect("signed");
        let mut file = NamedTempFile::new().expect("a file");
        file.write_all(authority.pem().as_bytes()).expect("our own file");
        let postgres = PrivatePostgres::launch_with_tls(certificate.pem(), key.serialize_pem()).await;
        Self {
            postgres,
            authority: file,
        }
    }

    fn connect(&self, parameters: &str) -> Database {
        let url = format!("{}?{parameters}", self.postgres.url());
        Database::connect(DatabaseOptions {
            url: url.parse().expect("a URL"),
            pool_size: 1,
        })
    }

    fn trusting_authority(&self, mode: &str) -> String {
        format!("sslmode={mode}&sslrootcert={}", self.authority.path().display())
    }

    async fn check_connects(&self, parameters: &str, is_encrypted: bool) {
        let name = Uuid::now_v7().to_string();
        let database = self.connect(&format!("{parameters}&application_name={name}"));
        database
            .check()
            .await
            .unwrap_or_else(|error| panic!("{parameters}: {error:?}"));
        let statement =
            "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = $1";
        let sessions = self
            .postgres
            .client()
            .await
            .query(statement, &[&name])
            .await
            .expect("a list");
        let encrypted: Vec<bool> = sessions.iter().map(|session| session.get(0)).collect();
        assert_eq!(encrypted, [is_encrypted], "{parameters}");
    }

    async fn check_refuses(&self, parameters: &str) {
        let outcome = self.connect(parameters).check().await;
        assert!(
            matches!(outcome, Err(Error::Unavailable { .. })),
            "{parameters}: {outcome:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_encrypted_unless_tls_is_disabled() {
    let scene = Scene::set(&["127.0.0.1"]).await;
    scene.check_connects("", true).await;
    scene.check_connects("sslmode=prefer", true).await;
    scene.check_connects("sslmode=disable", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_verified_when_tls_is_required() {
    let scene = Scene::set(&["127.0.0.1"]).await;
    for mode in ["require", "verify-ca", "verify-full"] {
        scene.check_connects(&scene.trusting_authority(mode), true).await;
        // No public authority has signed the certificate.
        scene.check_refuses(&format!("sslmode={mode}")).await;
        scene
            .check_refuses(&format!("sslmode={mode}&sslrootcert=system"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_must_have_the_hosts_name() {
    let scene = Scene::set(&["db.example"]).await;
    scene
        .check_refuses(&scene.trusting_authority("verify-full"))
        .await;
    scene.check_connects("sslmode=prefer", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_tls_is_used_unless_tls_is_required() {
    let postgres = PrivatePostgres::launch().await;
    let connect = |mode: &str| {
        let url = format!("{}?sslmode={mode}", postgres.url())
            .parse()
            .expect("a URL");
        Database::connect(DatabaseOptions { url, pool_size: 1 })
    };
    connect("prefer").check().await.expect("a connection without TLS");
    assert!(matches!(
        connect("require").check().await,
        Err(Error::Unavailable { .. })
    ));
}
