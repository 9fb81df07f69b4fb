//! Password hashes by argon2id, access tokens signed with Ed25519.
//!
//! * [`password`]: making and checking hashes, aside from what must not wait.
//! * [`keys`]: what tokens are signed and checked with, as PEM texts.
//! * [`key_file`]: a key that is made when it is first needed, and kept in a file.
//! * [`tokens`]: the tokens themselves.

pub mod key_file;
pub mod keys;
pub mod password;
pub mod tokens;

pub use keys::{InvalidKey, PublicKey, SigningKey};
pub use password::{Argon2Hasher, Cost, HasherOptions};
pub use tokens::EdDsaTokens;
