//! Access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037).
//!
//! The program that verifies tokens also issues them, and accepts only tokens of the form that it issues: one
//! algorithm, one form of the header, and all claims.

mod format;
mod service;

pub use service::EdDsaTokens;
