//! Identifiers. Each kind of entity has its own UUID type, so ids of different kinds cannot be confused.

use std::{fmt, str::FromStr};

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID. Whether the entity exists is not checked.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the UUID.
            #[must_use]
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Parses the hyphenated form of RFC 9562, in lower or upper case. Rejects the other forms of a UUID.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != 36 {
                    return Err(InvalidId);
                }
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

id!(
    /// Id of a vehicle.
    VehicleId
);
id!(
    /// Id of an organisation (tenant).
    OrganizationId
);
id!(
    /// Id of a group of vehicles.
    GroupId
);
id!(
    /// Id of a user.
    UserId
);

id!(
    /// Id of a grant.
    GrantId
);
id!(
    /// Id of a session, which begins with a log-in and lasts until it is ended or expires.
    SessionId
);
id!(
    /// Id of an entry in the audit log.
    AuditId
);

impl OrganizationId {
    /// Default organisation. It owns new vehicles and groups whose creator belongs to no organisation and names none.
    pub const DEFAULT: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

impl UserId {
    /// Placeholder for a caller that has not logged in. No user has this id.
    pub const ANONYMOUS: Self = Self(Uuid::nil());
    /// Actor of changes made on the command line, as recorded in the audit log. No user has this id.
    pub const COMMAND_LINE: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002));
}

/// Error returned for a text that is not a UUID in hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID such as 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70")]
pub struct InvalidId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_a_round_trip() {
        let id = VehicleId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        for text in [
            "",
            "7",
            "00000000000000000000000000000007",
            "{00000000-0000-0000-0000-000000000007}",
        ] {
            assert_eq!(text.parse::<VehicleId>(), Err(InvalidId), "{text:?}");
        }
    }
}
