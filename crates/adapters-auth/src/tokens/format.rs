//! Header and claims of access tokens in their JSON form.

use std::{fmt::Display, str::FromStr};

use application::ports::AccessClaims;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{OrganizationId, Role, SessionId, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use time::OffsetDateTime;
use uuid::Uuid;

/// The only accepted algorithm (RFC 8037, section 3.1).
const ALGORITHM: &str = "EdDSA";
/// The only accepted type (RFC 7519, section 5.1).
const TYPE: &str = "JWT";

/// Header of a token. Unknown parameters are rejected: `crit` requires extensions that are not supported here, and
/// `jwk` and the like supply keys that the server did not choose.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Returns the id of the key that a token claims to be signed with; `None` if its header is invalid.
pub(super) fn kid(token: &str) -> Option<String> {
    let (header, _) = token.split_once('.')?;
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: TokenHeader = serde_json::from_slice(&header).ok()?;
    (header.alg == ALGORITHM && header.typ == TYPE).then_some(header.kid)
}

/// Claims of a token. Times are whole seconds since the Unix epoch.
#[derive(Serialize, Deserialize)]
pub(super) struct TokenClaims {
    pub(super) iss: String,
    #[serde(with = "text")]
    sub: UserId,
    #[serde(with = "text")]
    role: Role,
    #[serde(default, with = "optional_text")]
    org: Option<OrganizationId>,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: Uuid,
    #[serde(with = "text")]
    sid: SessionId,
}

pub(super) struct Times {
    pub(super) issued_at: OffsetDateTime,
    pub(super) good_from: OffsetDateTime,
    pub(super) expires_at: OffsetDateTime,
}

impl TokenClaims {
    pub(super) fn new(issuer: &str, claims: &AccessClaims) -> Self {
        let issued_at = claims.issued_at.unix_timestamp();
        Self {
            iss: issuer.to_owned(),
            sub: claims.user_id,
            role: claims.role,
            org: claims.organization_id,
            exp: claims.expires_at.unix_timestamp(),
            nbf: issued_at,
            iat: issued_at,
            jti: Uuid::new_v4(),
            sid: claims.session_id,
        }
    }

    /// Returns the times of the token; `None` if one of them is outside the range of [`OffsetDateTime`].
    pub(super) fn times(&self) -> Option<Times> {
        let time = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
        Some(Times {
            issued_at: time(self.iat)?,
            good_from: time(self.nbf)?,
            expires_at: time(self.exp)?,
        })
    }

    pub(super) fn into_claims(self, times: &Times) -> AccessClaims {
        AccessClaims {
            user_id: self.sub,
            role: self.role,
            organization_id: self.org,
            session_id: self.sid,
            issued_at: times.issued_at,
            expires_at: times.expires_at,
        }
    }
}

/// (De)serialization of values as texts.
mod text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// (De)serialization of optional values as texts.
mod optional_text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        value: &Option<impl Display>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr<Err: Display>,
    {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}
