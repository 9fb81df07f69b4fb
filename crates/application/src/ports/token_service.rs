use domain::{OrganizationId, Role, SessionId, UserId};
use secrecy::SecretString;
use serde_json::Value;
use time::OffsetDateTime;

/// Claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// User that the token identifies (`sub`).
    pub user_id: UserId,
    /// Role of the user at the time of issue (`role`). Informative only: rights are always read from the registry.
    pub role: Role,
    /// Organisation of the user at the time of issue (`org`).
    pub organization_id: Option<OrganizationId>,
    /// Session that the token was issued in (`sid`).
    pub session_id: SessionId,
    /// Start of the validity (`iat`, `nbf`), in whole seconds.
    pub issued_at: OffsetDateTime,
    /// End of the validity (`exp`), in whole seconds.
    pub expires_at: OffsetDateTime,
}

/// Reason for rejecting a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// The token has expired.
    #[error("the access token has expired")]
    Expired,
    /// The token is not valid yet.
    #[error("the access token is not valid yet")]
    NotYetValid,
    /// The token is malformed or forged, comes from another issuer, or was signed with an unknown key.
    #[error("the access token is not valid")]
    Invalid,
}

/// Issues and verifies access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037).
///
/// Implementations do no I/O, so the methods are synchronous: every request with a token calls
/// [`TokenService::verify`].
pub trait TokenService: Send + Sync {
    /// Issues a token. Two tokens with the same claims differ.
    fn issue(&self, claims: &AccessClaims) -> SecretString;

    /// Verifies the signature, the issuer and the validity of a token at the time `now`, with at most one second of
    /// leeway. Whether its session has ended is not checked here.
    ///
    /// # Errors
    /// The reason for rejecting the token.
    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenFault>;

    /// Returns the public keys that tokens can be verified with, as a JSON Web Key Set (RFC 7517).
    fn key_set(&self) -> Value;
}
