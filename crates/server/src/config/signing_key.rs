//! Forms of the keys of access tokens.

use adapters_auth::{PublicKey, SigningKey};

use super::{form::Form, shape::Shape};

/// Parses an Ed25519 private key as PKCS#8 in PEM (RFC 8410, section 7), the format that
/// `openssl genpkey -algorithm ed25519` writes.
pub(super) fn private() -> Form<SigningKey> {
    let shape = Shape::lines_like(
        "an Ed25519 private key as PKCS#8 in PEM",
        "[\\s\\S]*-----BEGIN PRIVATE KEY-----[\\s\\S]+",
    );
    Form::of_rules(shape, |text| {
        SigningKey::from_pem(text).map_err(|fault| fault.to_string())
    })
}

/// Fault of a text that should contain keys of either kind.
const NO_KEY: &str = "no key found: expected -----BEGIN PRIVATE KEY----- or -----BEGIN PUBLIC KEY-----";

/// Parses one or more concatenated Ed25519 keys in PEM, private or public.
pub(super) fn public() -> Form<Vec<PublicKey>> {
    let shape = Shape::lines_like(
        "Ed25519 keys in PEM, private or public, one after another",
        "[\\s\\S]*-----BEGIN (PRIVATE|PUBLIC) KEY-----[\\s\\S]+",
    );
    Form::of_rules(shape, |text| match PublicKey::read_all(text) {
        Ok(keys) if keys.is_empty() => Err(NO_KEY.to_owned()),
        Ok(keys) => Ok(keys),
        Err(fault) => Err(fault.to_string()),
    })
}
