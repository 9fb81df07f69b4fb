//! Defaults and required settings of each deployment environment.

use super::*;

#[test]
fn development_needs_no_settings() {
    let config = valid(load(None, &[]));
    assert_eq!(config.environment, Environment::Development);
    assert_eq!(config.http.bind.to_string(), "127.0.0.1:8080");
    assert!(config.http.workers >= 1);
    assert!(config.database.url.is_none() && config.redis.url.is_none());
    assert_eq!(config.live.interval, Duration::from_millis(100));
    assert_eq!(
        config.live.plausibility.bounds.to_string(),
        "-10000,-10000,-1000,10000,10000,1000"
    );
    assert!(config.graphql.introspection);
    assert_eq!(config.log.format, LogFormat::Pretty);
    assert_eq!(config.http.shutdown.drain, Duration::ZERO);
}

#[test]
fn production_requires_proxies_stores_and_signing_key() {
    let faults = faults(load(None, &[("FLEETWATCH_ENV", "production")]));
    let named: Vec<_> = faults
        .iter()
        .filter_map(|fault| fault.split(':').next())
        .collect();
    assert_eq!(
        named,
        [
            "FLEETWATCH_HTTP__TRUSTED_PROXIES",
            "FLEETWATCH_DATABASE__URL",
            "FLEETWATCH_REDIS__URL",
            "FLEETWATCH_AUTH__SIGNING_KEY"
        ]
    );
    assert!(
        faults
            .iter()
            .all(|fault| fault.contains("must be given in production")),
        "{faults:?}"
    );
}

#[test]
fn production_has_stricter_defaults() {
    let config = valid(load(
        None,
        &[
            ("FLEETWATCH_ENV", "production"),
            (
                "FLEETWATCH_DATABASE__URL",
                "postgres://fleetwatch:secret@db/fleetwatch",
            ),
            ("FLEETWATCH_REDIS__URL", "redis://redis:6379/0"),
            ("FLEETWATCH_AUTH__SIGNING_KEY", KEY_PEM),
            ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
        ],
    ));
    assert!(!config.graphql.introspection);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.http.shutdown.drain, Duration::from_secs(5));
}

#[test]
fn production_serves_no_documentation_or_open_metrics_by_default() {
    let production = ("FLEETWATCH_ENV", "production");
    let key = adapters_auth::SigningKey::generate().to_pem();
    let given = [
        production,
        ("FLEETWATCH_DATABASE__URL", "postgres://h/f"),
        ("FLEETWATCH_REDIS__URL", "redis://h"),
        ("FLEETWATCH_AUTH__SIGNING_KEY", key.expose_secret()),
        ("FLEETWATCH_HTTP__TRUSTED_PROXIES", "none"),
    ];
    let config = valid(load(None, &given));
    assert!(!config.http.docs && !config.http.graphiql && !config.http.metrics);
    assert!(!config.graphql.introspection);
    let development = valid(load(None, &[]));
    assert!(development.http.docs && development.http.graphiql && development.http.metrics);
}

#[test]
fn the_time_to_drain_is_half_of_a_short_shutdown() {
    let variables = [
        ("FLEETWATCH_ENV", "staging"),
        ("FLEETWATCH_HTTP__SHUTDOWN_TIMEOUT_MS", "3001"),
    ];
    let config = valid(load(None, &variables));
    assert_eq!(config.http.shutdown.drain, Duration::from_millis(1_500));
}
