//! Ed25519 keys (RFC 8032), which sign and verify tokens, as PEM texts (RFC 7468, RFC 8410).

mod fault;
mod pem;
mod public_key;
mod reading;
mod signing_key;

pub use fault::InvalidKey;
pub use public_key::PublicKey;
pub use signing_key::SigningKey;
