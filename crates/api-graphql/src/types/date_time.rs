//! The scalar `DateTime`.

use juniper::GraphQLScalar;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// Point in time in RFC 3339 format. Output is always in UTC, such as `2026-01-31T12:00:00.25Z`; input may have any
/// offset.
#[derive(Clone, Debug, PartialEq, Eq, GraphQLScalar)]
#[graphql(
    parse_token(String),
    specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html"
)]
pub struct DateTime(OffsetDateTime);

impl DateTime {
    fn to_output(&self) -> String {
        let utc = self.0.to_offset(UtcOffset::UTC);
        // Formatting only fails outside the years 0 to 9999. The times of the domain are within them.
        utc.format(&Rfc3339).unwrap_or_default()
    }

    fn from_input(text: &str) -> Result<Self, Box<str>> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(Self)
            .map_err(|fault| fault.to_string().into())
    }
}

impl From<OffsetDateTime> for DateTime {
    fn from(time: OffsetDateTime) -> Self {
        Self(time)
    }
}

impl From<DateTime> for OffsetDateTime {
    fn from(time: DateTime) -> Self {
        time.0
    }
}

impl From<domain::telemetry::Timestamp> for DateTime {
    fn from(timestamp: domain::telemetry::Timestamp) -> Self {
        Self(timestamp.to_offset_date_time())
    }
}
