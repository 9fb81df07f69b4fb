//! Reading of several keys from one PEM text, as public keys.

use super::{
    InvalidKey, PublicKey, SigningKey,
    pem::{self, Block},
};

impl PublicKey {
    /// Reads all keys in a text, which may contain none. Each is a public key (SPKI) or a private one (PKCS#8), of
    /// which only the public half is kept.
    ///
    /// # Errors
    /// Returns [`InvalidKey`] if any of the keys is invalid.
    pub fn read_all(text: &str) -> Result<Vec<Self>, InvalidKey> {
        let blocks = pem::read(text)?;
        let key = |block: &Block| match block {
            Block::Private(der) => SigningKey::from_der(der).map(|key| key.public_key().clone()),
            Block::Public(der) => Self::from_der(der),
        };
        blocks.iter().map(key).collect()
    }
}
