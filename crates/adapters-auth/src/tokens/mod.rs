//! Access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037).
//!
//! They are issued and checked by the same program, so what is checked is not what the standard allows, but what is
//! issued: one algorithm, one form of the header, every claim.

mod format;
mod service;

pub use service::EdDsaTokens;
