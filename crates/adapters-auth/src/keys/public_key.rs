use std::fmt;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{
    VerifyingKey,
    pkcs8::{
        DecodePublicKey as _, EncodePublicKey as _,
        spki::{self, SubjectPublicKeyInfoRef},
    },
};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{InvalidKey, pem};

/// Public half of a signing key, which verifies its signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    kid: String,
}

impl PublicKey {
    pub(super) fn new(key: VerifyingKey) -> Self {
        let x = BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes());
        // RFC 7638, section 3 and RFC 8037, appendix A.3: these members, in this order, without whitespace.
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        Self {
            key,
            kid: BASE64_URL_SAFE_NO_PAD.encode(thumbprint),
        }
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, InvalidKey> {
        SubjectPublicKeyInfoRef::try_from(der).map_err(|_| InvalidKey::Damaged)?;
        let key = VerifyingKey::from_public_key_der(der).map_err(|error| match error {
            spki::Error::OidUnknown { .. } => InvalidKey::OfAnotherAlgorithm,
            _ => InvalidKey::Damaged,
        })?;
        if key.is_weak() {
            return Err(InvalidKey::Weak);
        }
        Ok(Self::new(key))
    }

    /// Returns the key's id in tokens and key sets: its thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Returns the key itself: a compressed point of the curve (RFC 8032).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Returns the key as a PEM text (SPKI).
    #[must_use]
    pub fn to_pem(&self) -> String {
        let der = self.key.to_public_key_der().expect("32 bytes fit into ASN.1");
        pem::write(pem::PUBLIC, der.as_bytes()).expose_secret().to_owned()
    }

    /// Returns the key as a JSON Web Key (RFC 8037, section 2).
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "kid": self.kid,
            "x": BASE64_URL_SAFE_NO_PAD.encode(self.as_bytes()),
        })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kid)
    }
}
