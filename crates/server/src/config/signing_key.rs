//! The keys of access tokens.

use adapters_auth::{InvalidKey, PublicKey, SigningKey};

use super::value::Parsed;

/// An Ed25519 private key as PKCS#8 in PEM (RFC 8410, section 7), which is what
/// `openssl genpkey -algorithm ed25519` writes.
pub fn private(text: &str) -> Parsed<SigningKey> {
    SigningKey::from_pem(text).map_err(|fault| fault.to_string())
}

/// Any number of Ed25519 keys in PEM, private or public, one after another.
pub fn public(text: &str) -> Parsed<Vec<PublicKey>> {
    match PublicKey::read_all(text) {
        Ok(keys) if keys.is_empty() => Err(InvalidKey::Missing.to_string()),
        Ok(keys) => Ok(keys),
        Err(fault) => Err(fault.to_string()),
    }
}
