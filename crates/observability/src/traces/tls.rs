//! Verification of the receiver's certificate.

use std::{fs, io, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Returns the root certificates in a PEM file.
pub(super) fn roots_in(file: &Path) -> io::Result<RootCertStore> {
    let pem = fs::read(file)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots
            .add(certificate.map_err(io::Error::other)?)
            .map_err(io::Error::other)?;
    }
    if roots.is_empty() {
        return Err(io::Error::other("no certificate found"));
    }
    Ok(roots)
}

/// Returns the root certificates that the system trusts.
pub(super) fn roots_of_the_system() -> io::Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // A system may have certificates that rustls does not accept; the others are still good.
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let fault = found.errors.into_iter().next();
        return Err(fault.map_or_else(
            || io::Error::other("the system has no root certificates"),
            io::Error::other,
        ));
    }
    Ok(roots)
}

/// Returns a configuration that requires a certificate for the host's name that chains to one of the roots.
pub(super) fn verified(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring's provider knows the suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
