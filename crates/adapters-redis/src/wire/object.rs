//! Parsing of one object of a message, and the fields that all kinds of objects have.

use application::{
    Moment,
    telemetry::{Content, Item, Reason, Rejection, Report},
    trace::TraceParent,
};
use bytes::Bytes;
use domain::telemetry::Timestamp;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::error::Category;

use super::{
    elements::without_bare_tokens,
    field::{self, Field, Optional},
};

/// Fields of an object, which are parsed one by one.
pub(super) trait Object<'a>: Deserialize<'a> {
    fn vehicle_id(&self) -> Field<'a>;

    fn traceparent(&self) -> Field<'a>;

    fn content(&self, reading: &mut Reading) -> Result<Content, Rejection>;
}

/// Findings besides the content of an object, collected while the object is read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) optional: Optional,
    received_at: Moment,
    is_stamped: bool,
}

impl Reading {
    /// Returns the robot's time, or the time of arrival if the robot gives none.
    pub(super) fn time(&mut self, given: Option<Timestamp>) -> Timestamp {
        self.is_stamped &= given.is_some();
        given.unwrap_or_else(|| self.received_at.wall())
    }
}

/// Parses an object. If it is not JSON, parses it again with `null` in place of bare tokens such as `NaN`.
///
/// Bytes that are not UTF-8 are replaced. Inside a string, they invalidate the field, and the object only if the field
/// is required; anywhere else they make the object invalid JSON.
pub(super) fn parse(
    source: &[u8],
    object: impl Fn(&str) -> serde_json::Result<Item>,
) -> Result<Item, Rejection> {
    let text = &*String::from_utf8_lossy(source);
    let reason = |error: &serde_json::Error| match error.classify() {
        Category::Data => Reason::InvalidField,
        Category::Syntax | Category::Eof | Category::Io => Reason::NotJson,
    };
    let parsed = || {
        object(text).or_else(|error| match without_bare_tokens(text) {
            Some(clean) if reason(&error) == Reason::NotJson => object(&clean),
            _ => Err(error),
        })
    };
    let malformed = |error: serde_json::Error| {
        let reason = reason(&error);
        let fault = match reason {
            Reason::NotJson => "is not valid JSON",
            _ => "is malformed",
        };
        Rejection::new(reason, format_args!("the message {fault}: {error}"))
    };
    must_be_an_object(text)
        .and_then(|()| parsed().map_err(malformed))
        .map_err(|rejection| match std::str::from_utf8(source) {
            Ok(_) => rejection,
            Err(fault) => Rejection::new(
                Reason::InvalidUtf8,
                format_args!("the message is not valid UTF-8 from byte {}", fault.valid_up_to()),
            ),
        })
}

/// Rejects JSON of another type. Text that is not JSON passes, so that the parser reports its fault.
fn must_be_an_object(json: &str) -> Result<(), Rejection> {
    let json = json.trim_ascii_start();
    if json.starts_with('{') || serde_json::from_str::<IgnoredAny>(json).is_err() {
        return Ok(());
    }
    Err(field::invalid(
        "the message",
        format_args!("must be an object, not {}", field::kind(json)),
    ))
}

/// Returns the `traceparent` of an object that cannot be parsed as a message, if the object is JSON nevertheless: one
/// of its fields may be repeated.
pub(super) fn trace_parent_of(source: &[u8]) -> Option<TraceParent> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Traced<'a> {
        #[serde(borrow)]
        traceparent: Field<'a>,
    }
    let text = std::str::from_utf8(source).ok()?;
    // An array would be read as the fields of the object in order.
    if !text.trim_ascii_start().starts_with('{') {
        return None;
    }
    let traced: Traced<'_> = serde_json::from_str(text).ok()?;
    field::trace_parent(traced.traceparent)
}

/// Reads the content of an object, and the fields that all kinds of messages have.
pub(super) fn read<'a>(object: &impl Object<'a>, received_at: Moment) -> Item {
    let rejected = |vehicle_id, rejection| Item {
        rejected_trace: field::trace_parent(object.traceparent()),
        ..Item::rejected(Bytes::new(), vehicle_id, rejection)
    };
    let vehicle_id = match field::vehicle_id(object.vehicle_id()) {
        Ok(id) => id,
        Err(rejection) => return rejected(None, rejection),
    };
    let mut reading = Reading {
        optional: Optional::default(),
        received_at,
        is_stamped: true,
    };
    let content = match object.content(&mut reading) {
        Ok(content) => content,
        Err(rejection) => return rejected(Some(vehicle_id), rejection),
    };
    let trace_parent = reading.optional.trace_parent(object.traceparent());
    let report = Report {
        vehicle_id,
        content,
        trace_parent,
    };
    Item {
        is_stamped: reading.is_stamped,
        dropped: reading.optional.dropped,
        ..Item::understood(Bytes::new(), report)
    }
}
