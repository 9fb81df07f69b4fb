//! Fields of the details of an OHT, for reading and writing.

use domain::vehicle::{HoistStatus, Label, OhtChanges, OhtDetails, RailSegment, RawOht, RawRailSegment};
use serde_json::{Map, Value, json};
use strict_json::{
    Fields,
    fields::{number, parsed, text},
};

use super::field::{DetailField, Holds, detail_fields};

detail_fields! { OhtDetails, OhtChanges {
    required rail_id: Label = "railId", Holds::Label { example: "bay 1" }, parsed(Label::new),
        |oht| Some(oht.rail_id().as_str().into());
    optional hoist_status: HoistStatus = "hoistStatus", Holds::HoistStatus, parsed(str::parse::<HoistStatus>),
        |oht| oht.hoist_status().map(|status| status.as_str().into());
    optional rail_position: f64 = "railPosition",
        Holds::Number { description: "Position on the rail in metres, in one of the `railSegments` if there are any" },
        number,
        |oht| oht.rail_position().map(Into::into);
    objects rail_segments: Vec<RawRailSegment> = "railSegments", Holds::RailSegments, segment,
        |oht| written_segments(oht.rail_segments());
}}

/// Reads a rail segment, which is checked later, together with the others.
fn segment(fields: &mut Fields) -> Option<RawRailSegment> {
    let segment_id = fields.required("segmentId", text);
    let start = fields.required("start", number);
    let end = fields.required("end", number);
    Some(RawRailSegment {
        segment_id: segment_id?,
        start: start?,
        end: end?,
    })
}

fn written_segments(segments: &[RailSegment]) -> Option<Value> {
    let written = |segment: &RailSegment| json!({"segmentId": segment.segment_id().as_str(), "start": segment.start(), "end": segment.end()});
    (!segments.is_empty()).then(|| segments.iter().map(written).collect())
}

pub(super) fn read(fields: &mut Fields) -> Option<OhtDetails> {
    const ANY: &str = "any";
    let (given, is_whole) = given(fields);
    // Check the geometry even if other fields are invalid, in order to report all faults.
    let geometry = RawOht {
        rail_id: given.rail_id.as_ref().map_or(ANY, Label::as_str).to_owned(),
        hoist_status: given.hoist_status.flatten(),
        rail_position: given
            .rail_position
            .flatten()
            .filter(|_| given.rail_segments.is_some()),
        rail_segments: given.rail_segments.clone().flatten().unwrap_or_default(),
    };
    let details = fields.join(OhtDetails::new(geometry))?;
    is_whole.then_some(details)
}
