//! Verification of the receiver's certificate.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Returns the root certificates in a PEM file.
pub(super) fn roots_in(file: &Path) -> io::Result<RootCertStore> {
    let pem = content(file)?;
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

/// Reads a file of limited size, because the path may name a device that never ends.
fn content(file: &Path) -> io::Result<Vec<u8>> {
    const MAX_MIB: u64 = 16;
    const MAX_BYTES: u64 = MAX_MIB * 1024 * 1024;
    let mut content = Vec::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it is larger than {MAX_MIB} MiB")));
    }
    Ok(content)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_file_is_rejected() {
        let fault = roots_in(Path::new("/dev/zero")).expect_err("it has no end");
        assert_eq!(fault.to_string(), "it is larger than 16 MiB");
    }
}
