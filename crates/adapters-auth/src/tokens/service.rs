use application::ports::{AccessClaims, TokenFault, TokenService};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::SecretString;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::format::{self, TokenClaims};
use crate::keys::{PublicKey, SigningKey};

/// Maximum length of a token in bytes. The tokens issued here are about 500 bytes long.
const MAX_BYTES: usize = 4096;

/// Tolerated difference between clocks.
const LEEWAY: Duration = Duration::seconds(1);

/// Token service that signs tokens with one key, and verifies those signed with it or with one of its predecessors.
///
/// To rotate the key, replace it, and keep the old one among the previous keys until the last token that it signed has
/// expired.
pub struct EdDsaTokens {
    issuer: String,
    header: Header,
    signing_key: EncodingKey,
    /// The current key first, then the previous ones.
    known: Vec<KnownKey>,
    validation: Validation,
}

struct KnownKey {
    public: PublicKey,
    verifying_key: DecodingKey,
}

impl EdDsaTokens {
    /// Creates a service that issues tokens with the given issuer (`iss`) and the current key.
    #[must_use]
    pub fn new(issuer: impl Into<String>, current: &SigningKey, previous: &[PublicKey]) -> Self {
        let mut known: Vec<KnownKey> = Vec::with_capacity(1 + previous.len());
        for public in [current.public_key()].into_iter().chain(previous) {
            if known.iter().all(|key| key.public != *public) {
                known.push(KnownKey::new(public));
            }
        }
        Self {
            issuer: issuer.into(),
            header: Header {
                kid: Some(current.public_key().kid().to_owned()),
                ..Header::new(Algorithm::EdDSA)
            },
            signing_key: EncodingKey::from_ed_der(&current.to_der()),
            known,
            validation: signature_only(),
        }
    }

    fn read(&self, token: &str) -> Option<TokenClaims> {
        if token.len() > MAX_BYTES {
            return None;
        }
        let kid = format::kid(token)?;
        let key = self.known.iter().find(|key| key.public.kid() == kid)?;
        let token = jsonwebtoken::decode::<TokenClaims>(token, &key.verifying_key, &self.validation).ok()?;
        (token.claims.iss == self.issuer).then_some(token.claims)
    }
}

impl KnownKey {
    fn new(public: &PublicKey) -> Self {
        Self {
            public: public.clone(),
            verifying_key: DecodingKey::from_ed_der(public.as_bytes()),
        }
    }
}

/// Restricts the library's validation to the signature. [`EdDsaTokens::verify`] checks the times, with the caller's
/// clock. The library still rejects tokens with an `aud`, which are for another recipient.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

impl TokenService for EdDsaTokens {
    fn issue(&self, claims: &AccessClaims) -> SecretString {
        let claims = TokenClaims::new(&self.issuer, claims);
        jsonwebtoken::encode(&self.header, &claims, &self.signing_key)
            .expect("the claims serialise to JSON, and a parsed key signs any text")
            .into()
    }

    fn verify(&self, token: &str, now: OffsetDateTime) -> Result<AccessClaims, TokenFault> {
        let claims = self.read(token).ok_or(TokenFault::Invalid)?;
        let times = claims.times().ok_or(TokenFault::Invalid)?;
        // Differences are compared, because adding a second to the calendar's last time would overflow.
        if now - times.expires_at > LEEWAY {
            return Err(TokenFault::Expired);
        }
        if times.good_from.max(times.issued_at) - now > LEEWAY {
            return Err(TokenFault::NotYetValid);
        }
        Ok(claims.into_claims(&times))
    }

    fn key_set(&self) -> Value {
        let keys: Vec<_> = self.known.iter().map(|key| key.public.to_jwk()).collect();
        json!({ "keys": keys })
    }
}
