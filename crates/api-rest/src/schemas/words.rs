//! The closed sets of words that documents have, as schemas of their own: each is an enum of the domain.

use domain::{telemetry, vehicle};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// Types that stand for schemas, each named like the enum of the domain whose words it has.
macro_rules! words {
    ($(#[doc = $doc:literal] $name:ident of $words:ty;)+) => {
        $(
            #[doc = $doc]
            #[derive(Debug, Clone, Copy)]
            pub(crate) enum $name {}

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let words = <$words>::ALL.iter().map(|word| word.as_str());
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .description(Some($doc.trim()))
                        .enum_values(Some(words))
                        .into()
                }
            }

            impl ToSchema for $name {
                fn name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }
            }
        )+

        /// All of them by name.
        pub(crate) fn schemas() -> Vec<(String, RefOr<Schema>)> {
            vec![$((stringify!($name).to_owned(), $name::schema())),+]
        }
    };
}

words! {
    /// A kind of vehicle.
    VehicleType of vehicle::VehicleType;
    /// The status of a vehicle.
    VehicleStatus of vehicle::VehicleStatus;
    /// The guide of an AGV.
    GuideType of vehicle::GuideType;
    /// The position of the hoist of an OHT.
    HoistStatus of vehicle::HoistStatus;
    /// Whether the live keys of a vehicle say what the server knows.
    SyncStatus of vehicle::SyncStatus;
    /// Whether a robot is heard.
    ConnectionStatus of telemetry::ConnectionStatus;
    /// The role of a user.
    Role of domain::Role;
    /// The most that a grant allows.
    GrantRole of domain::GrantRole;
    /// An action of the audit log.
    AuditAction of domain::AuditAction;
}
