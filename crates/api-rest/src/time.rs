//! Serialisation of times in the format of RFC 3339 (<https://www.rfc-editor.org/rfc/rfc3339>), in UTC.

use serde::{Serializer, ser::Error as _};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

pub(crate) fn rfc3339<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*time).map_err(S::Error::custom)?)
}

pub(crate) fn rfc3339_option<S: Serializer>(
    time: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => rfc3339(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// Formats a time. Fails only for years outside 0 to 9999.
pub(crate) fn text(time: OffsetDateTime) -> Result<String, time::error::Format> {
    time.to_offset(UtcOffset::UTC).format(&Rfc3339)
}
