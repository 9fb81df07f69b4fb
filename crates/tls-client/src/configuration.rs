use std::sync::Arc;

use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, crypto::ring};

/// Returns a configuration that requires a certificate for the host's name that chains to one of the roots.
#[must_use]
pub fn verified(roots: RootCertStore) -> ClientConfig {
    builder().with_root_certificates(roots).with_no_client_auth()
}

/// Returns a builder of configurations for TLS 1.2 and 1.3 with the provider ring.
#[must_use]
pub fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring's provider knows the suites of TLS 1.2 and 1.3")
}
