use std::fmt;

use ed25519_dalek::pkcs8::{ALGORITHM_OID, DecodePrivateKey as _, PrivateKeyInfo};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::RngCore as _;
use secrecy::{SecretString, zeroize::Zeroizing};
use sha2::Sha256;

use super::{
    InvalidKey, PublicKey,
    pem::{self, Block},
};

/// Bytes that precede the 32 bytes of the key in PKCS#8, version 1: a sequence of the version (0), the algorithm
/// (Ed25519), and the key as an octet string within an octet string (RFC 8410, section 7).
const PKCS8_V1: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Private key that signs tokens. It is wiped from memory when dropped.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl SigningKey {
    /// Generates a key with a cryptographically secure random number generator.
    #[must_use]
    pub fn generate() -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rand::rng().fill_bytes(&mut *seed);
        Self::new(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Reads a key from a PEM text (PKCS#8, version 1 or 2).
    ///
    /// # Errors
    /// Returns [`InvalidKey`] if the text is anything but one valid private key.
    pub fn from_pem(text: &str) -> Result<Self, InvalidKey> {
        match pem::read(text)?.as_slice() {
            [] => Err(InvalidKey::Missing),
            [Block::Private(der)] => Self::from_der(der),
            [Block::Public(_)] => Err(InvalidKey::Public),
            several => Err(InvalidKey::Several(several.len())),
        }
    }

    pub(super) fn from_der(der: &[u8]) -> Result<Self, InvalidKey> {
        let info = PrivateKeyInfo::try_from(der).map_err(|_| InvalidKey::Damaged)?;
        if info.algorithm.oid != ALGORITHM_OID {
            return Err(InvalidKey::OfAnotherAlgorithm);
        }
        let key = ed25519_dalek::SigningKey::from_pkcs8_der(der).map_err(|_| InvalidKey::Damaged)?;
        Ok(Self::new(key))
    }

    fn new(key: ed25519_dalek::SigningKey) -> Self {
        let public = PublicKey::new(key.verifying_key());
        Self { key, public }
    }

    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Derives a key for another purpose: the HMAC-SHA-256 of the purpose's name. The signing key cannot be computed
    /// from it. Servers with the same signing key derive the same key.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// Returns the key as a PEM text (PKCS#8, version 1, which more programs can read than version 2).
    #[must_use]
    pub fn to_pem(&self) -> SecretString {
        pem::write(pem::PRIVATE, &self.to_der())
    }

    pub(crate) fn to_der(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&PKCS8_V1[..], self.key.as_bytes()].concat())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {:?})", self.public)
    }
}
