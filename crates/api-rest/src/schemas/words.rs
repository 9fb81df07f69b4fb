//! Schemas of enums, each generated from an enum of the domain.

use domain::{telemetry, vehicle};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// Declares, for the schema of each enum, a type of the same name without values.
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

        /// Returns the schemas of all enums, with their names.
        pub(crate) fn schemas() -> Vec<(String, RefOr<Schema>)> {
            vec![$((stringify!($name).to_owned(), $name::schema())),+]
        }
    };
}

words! {
    /// Type of a vehicle.
    VehicleType of vehicle::VehicleType;
    /// Operational status of a vehicle.
    VehicleStatus of vehicle::VehicleStatus;
    /// Guide that an AGV follows.
    GuideType of vehicle::GuideType;
    /// Position of the hoist of an OHT.
    HoistStatus of vehicle::HoistStatus;
    /// Whether the live keys of a vehicle are up to date.
    SyncStatus of vehicle::SyncStatus;
    /// Kind of mismatch among the registry, the server's memory and the live keys.
    MismatchKind of vehicle::MismatchKind;
    /// Whether the bridge of a vehicle receives data from the robot, as far as this is known.
    VehicleBridgeStatus of application::health::VehicleBridgeStatus;
    /// Whether the server receives messages from a robot.
    ConnectionStatus of telemetry::ConnectionStatus;
    /// Role of a user.
    Role of domain::Role;
    /// Maximum role that a grant allows.
    GrantRole of domain::GrantRole;
    /// Reason why a message from a robot is rejected.
    RejectionReason of application::telemetry::Reason;
    /// Channel on which robots publish messages.
    MessageChannel of application::telemetry::Channel;
    /// Action, or attempt at one, that the audit log records.
    AuditAction of domain::AuditAction;
}
