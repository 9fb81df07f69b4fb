//! Password hashing with argon2id, and access tokens signed with Ed25519.
//!
//! * [`password`]: creating and checking hashes, on dedicated threads.
//! * [`keys`]: the keys that sign and verify tokens, as PEM texts.
//! * [`key_file`]: a key that is created on first use, and kept in a file.
//! * [`tokens`]: issuing and verifying tokens.

pub mod key_file;
pub mod keys;
pub mod password;
pub mod tokens;

pub use keys::{InvalidKey, PublicKey, SigningKey};
pub use password::{Argon2Hasher, Cost, HasherOptions};
pub use tokens::EdDsaTokens;
