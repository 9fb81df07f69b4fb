//! Identifiers: UUIDs that cannot be mistaken for one another.

use std::{fmt, str::FromStr};

use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to name one of these.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
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

            /// Reads the hyphenated form of RFC 9562, in either case; every other form of a UUID is refused,
            /// so that one vehicle has one spelling in keys, logs and URLs.
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
    /// Names one vehicle.
    VehicleId
);
id!(
    /// Names one organisation (tenant).
    OrganizationId
);
id!(
    /// Names one group of vehicles.
    GroupId
);
id!(
    /// Names one user.
    UserId
);

id!(
    /// Names what one user was granted.
    GrantId
);
id!(
    /// Names one session: what begins with a log-in and ends with a log-out.
    SessionId
);
id!(
    /// Names one entry of the audit log.
    AuditId
);

impl OrganizationId {
    /// The organisation that a vehicle belongs to when its creator belongs to none.
    pub const DEFAULT: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

impl UserId {
    /// The caller that has not logged in.
    pub const ANONYMOUS: Self = Self(Uuid::nil());
    /// The command line's own changes are written down under this id; no user has it.
    pub const COMMAND_LINE: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002));
}

/// A text that is not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID such as 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70")]
pub struct InvalidId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_it_was_written() {
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
