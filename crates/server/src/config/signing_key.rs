//! The shape of the key that signs access tokens.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::SecretString;

use super::value::Parsed;

/// Version 0 or 1, algorithm 1.3.101.112, and an octet string of 32 bytes in an octet string.
const AFTER_VERSION: [u8; 11] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// An Ed25519 private key as PKCS#8 in PEM (RFC 8410, section 7), which is what
/// `openssl genpkey -algorithm ed25519` writes.
pub fn ed25519_pem(text: &str) -> Parsed<SecretString> {
    let fault =
        || "must be an Ed25519 private key as PKCS#8 in PEM (openssl genpkey -algorithm ed25519)".to_owned();
    let body: String = text
        .trim()
        .strip_prefix("-----BEGIN PRIVATE KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PRIVATE KEY-----"))
        .ok_or_else(fault)?
        .split_whitespace()
        .collect();
    let der = STANDARD.decode(body).map_err(|_| fault())?;
    match der.as_slice() {
        [0x30, length, 0x02, 0x01, 0x00 | 0x01, rest @ ..]
            if usize::from(*length) + 2 == der.len()
                && rest.starts_with(&AFTER_VERSION)
                && rest.len() >= AFTER_VERSION.len() + 32 =>
        {
            Ok(text.into())
        }
        _ => Err(fault()),
    }
}
