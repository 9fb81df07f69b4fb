use domain::{OrganizationId, Role, SessionId, UserId};
use secrecy::SecretString;
use serde_json::Value;
use time::OffsetDateTime;

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose it is (`sub`).
    pub user_id: UserId,
    /// What that user might do when it was issued (`role`).
    pub role: Role,
    /// To which organisation that user belongs (`org`).
    pub organization_id: Option<OrganizationId>,
    /// The session that it was issued in (`sid`).
    pub session_id: SessionId,
    /// Since when it is good (`iat`, `nbf`), in whole seconds.
    pub issued_at: OffsetDateTime,
    /// Until when (`exp`), in whole seconds.
    pub expires_at: OffsetDateTime,
}

/// Why a token is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// It was good.
    #[error("the access token is expired")]
    Expired,
    /// It will be good.
    #[error("the access token is not valid yet")]
    NotYetValid,
    /// It is forged, broken, of another issuer, or signed by a key that is not known.
    #[error("the access token is not valid")]
    Invalid,
}

/// Issues and checks access tokens: JSON Web Tokens (RFC 7519) signed with Ed25519 (RFC 8037).
pub trait TokenService: Send + Sync {
    /// Issues a token.
    fn issue(&self, claims: &AccessClaims) -> SecretString;

    /// Checks a token against a time, with no more than a second of leeway.
    ///
    /// # Errors
    /// What is wrong with it.
    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenFault>;

    /// The public keys that tokens can be checked with, as a JSON Web Key Set (RFC 7517).
    fn key_set(&self) -> Value;
}
