use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Maximum size of a file of root certificates in MiB.
const MAX_MIB: u64 = 16;

/// Reads root certificates from a PEM file.
///
/// # Errors
/// Fails if the file cannot be read, is larger than 16 MiB, or contains no certificate or an invalid one.
pub fn roots_in(file: &Path) -> io::Result<RootCertStore> {
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

/// Reads a file of limited size, because the path may name a device whose content never ends.
fn content(file: &Path) -> io::Result<Vec<u8>> {
    const MAX_BYTES: u64 = MAX_MIB * 1024 * 1024;
    let mut content = Vec::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it is larger than {MAX_MIB} MiB")));
    }
    Ok(content)
}

/// Returns the root certificates that the system trusts.
///
/// # Errors
/// Fails if there are none.
pub fn roots_of_the_system() -> io::Result<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // A system may have certificates that rustls does not accept; the others are still usable.
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

/// Returns Mozilla's root certificates.
#[must_use]
pub fn public_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn certificate() -> String {
        let certified =
            rcgen::generate_simple_self_signed(["fleet.example".to_owned()]).expect("a certificate");
        certified.cert.pem()
    }

    fn roots(content: &str) -> io::Result<RootCertStore> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, content).expect("a file");
        roots_in(&file)
    }

    #[test]
    fn a_file_may_have_several_certificates_and_text_between_them() {
        let roots = roots(&format!(
            "our root\n{}the old one\n{}",
            certificate(),
            certificate()
        ));
        assert_eq!(roots.expect("two certificates").len(), 2);
    }

    #[rstest]
    #[case::empty("", "no certificate found")]
    #[case::text("no PEM\n", "no certificate found")]
    #[case::not_der(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "invalid peer certificate"
    )]
    fn a_file_without_valid_certificates_is_rejected(#[case] content: &str, #[case] expected: &str) {
        let fault = roots(content).expect_err("no root").to_string();
        assert!(fault.starts_with(expected), "{fault}");
    }

    #[test]
    fn an_endless_file_is_rejected() {
        let fault = roots_in(Path::new("/dev/zero")).expect_err("it has no end");
        assert_eq!(fault.to_string(), "it is larger than 16 MiB");
    }
}
