//! Access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037).
//!
//! The program that verifies them also issues them. It therefore does not accept everything that the standard allows,
//! only what it issues: one algorithm, one form of the header, and every claim.

mod format;
mod service;

pub use service::EdDsaTokens;
