use domain::{OrganizationId, Role, SessionId, UserId};
use secrecy::SecretString;
use serde_json::Value;
use time::OffsetDateTime;

/// Claims of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// User that the token identifies (`sub`).
    pub user_id: UserId,
    /// Role of the user at the time of issue (`role`). It is informative only: rights are read from the registry.
    pub role: Role,
    /// Organisation of the user at the time of issue (`org`); `None` if the user belongs to none.
    pub organization_id: Option<OrganizationId>,
    /// Session for which the token was issued (`sid`).
    pub session_id: SessionId,
    /// Start of the validity period (`iat`, `nbf`), in whole seconds.
    pub issued_at: OffsetDateTime,
    /// End of the validity period (`exp`), in whole seconds.
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
/// The methods are synchronous because implementations do no I/O: [`TokenService::verify`] is called for every request
/// with a token.
pub trait TokenService: Send + Sync {
    /// Issues a token. Two tokens with the same claims differ.
    fn issue(&self, claims: &AccessClaims) -> SecretString;

    /// Verifies the signature, the issuer and the validity period of a token, with a leeway of at most one second. Does
    /// not check whether the session has ended.
    ///
    /// # Errors
    /// Returns the reason for rejecting the token.
    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenFault>;

    /// Returns the public keys that tokens can be verified with, as a JSON Web Key Set (RFC 7517).
    fn key_set(&self) -> Value;
}
