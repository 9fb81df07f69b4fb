//! Parsers for the keys of access tokens.

use adapters_auth::{InvalidKey, PublicKey, SigningKey};

use super::value::Parsed;

/// Parses an Ed25519 private key as PKCS#8 in PEM (RFC 8410, section 7), the format that
/// `openssl genpkey -algorithm ed25519` writes.
pub(super) fn private(text: &str) -> Parsed<SigningKey> {
    SigningKey::from_pem(text).map_err(|fault| fault.to_string())
}

/// Parses one or more concatenated Ed25519 keys in PEM, private or public.
pub(super) fn public(text: &str) -> Parsed<Vec<PublicKey>> {
    match PublicKey::read_all(text) {
        Ok(keys) if keys.is_empty() => Err(InvalidKey::Missing.to_string()),
        Ok(keys) => Ok(keys),
        Err(fault) => Err(fault.to_string()),
    }
}
