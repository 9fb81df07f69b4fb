//! Overhead hoist transports: their type and inputs.

use domain::{
    Violations,
    vehicle::{self, Label, OhtChanges, OhtDetails, RawOht, RawRailSegment},
};
use juniper::{GraphQLInputObject, GraphQLObject, Nullable};

use super::kinds::*;
use crate::types::{
    HoistStatus,
    nullable::{option, value},
};

kind_of_vehicle! {
    /// Overhead hoist transport: runs on a ceiling-mounted rail.
    Oht(OhtDetails) as "OHT" {
        /// Name of the rail.
        pub fn rail_id(&self) -> &str {
            self.details.rail_id().as_str()
        }

        /// Position of the hoist.
        pub fn hoist_status(&self) -> Option<HoistStatus> {
            self.details.hoist_status().map(Into::into)
        }

        /// Position of the vehicle along its rail, in metres from the rail's origin.
        pub fn rail_position(&self) -> Option<f64> {
            self.details.rail_position()
        }

        /// Segments of the rail; an empty list if they are not known.
        pub fn rail_segments(&self) -> Option<Vec<RailSegment>> {
            Some(self.details.rail_segments().iter().map(Into::into).collect())
        }
    }
}

/// Segment of a rail.
#[derive(Clone, Debug, GraphQLObject)]
pub struct RailSegment {
    /// Name of the segment.
    segment_id: String,
    /// Start of the segment, in metres from the rail's origin.
    start: f64,
    /// End of the segment, in metres from the rail's origin; greater than `start`.
    end: f64,
}

impl From<&vehicle::RailSegment> for RailSegment {
    fn from(segment: &vehicle::RailSegment) -> Self {
        Self {
            segment_id: segment.segment_id().to_string(),
            start: segment.start(),
            end: segment.end(),
        }
    }
}

/// OHT-specific details of a new vehicle.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct OhtInput {
    /// Name of the rail: 1 to 100 characters.
    rail_id: String,
    /// Position of the hoist.
    hoist_status: Option<HoistStatus>,
    /// Position of the vehicle along its rail, in metres from the rail's origin. If segments are given, it must lie in
    /// one of them.
    rail_position: Option<f64>,
    /// Segments of the rail, at most 1,000.
    rail_segments: Option<Vec<RailSegmentInput>>,
}

/// Segment of a rail.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct RailSegmentInput {
    /// Name of the segment: 1 to 100 characters, unique on its rail.
    segment_id: String,
    /// Start of the segment, in metres from the rail's origin.
    start: f64,
    /// End of the segment, in metres from the rail's origin; greater than `start`.
    end: f64,
}

impl From<OhtInput> for RawOht {
    fn from(oht: OhtInput) -> Self {
        let segments = oht.rail_segments.unwrap_or_default();
        Self {
            rail_id: oht.rail_id,
            hoist_status: oht.hoist_status.map(Into::into),
            rail_position: oht.rail_position,
            rail_segments: segments.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<RailSegmentInput> for RawRailSegment {
    fn from(segment: RailSegmentInput) -> Self {
        let RailSegmentInput {
            segment_id,
            start,
            end,
        } = segment;
        Self {
            segment_id,
            start,
            end,
        }
    }
}

/// Partial update of the OHT-specific details. Omitted fields keep their values; null clears an optional field.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateOhtInput {
    /// Name of the rail: 1 to 100 characters; must not be null.
    rail_id: Nullable<String>,
    /// Position of the hoist.
    hoist_status: Nullable<HoistStatus>,
    /// Position of the vehicle along its rail, in metres from the rail's origin. If the rail has segments, it must
    /// lie in one of them.
    rail_position: Nullable<f64>,
    /// Segments of the rail, at most 1,000, which replace all existing ones; null removes them.
    rail_segments: Nullable<Vec<RailSegmentInput>>,
}

impl UpdateOhtInput {
    pub(crate) fn checked(self) -> Result<OhtChanges, Violations> {
        let mut faults = Violations::default();
        let rail_id = value(&mut faults, "railId", self.rail_id)
            .and_then(|rail| faults.keep("railId", Label::new(&rail)));
        let segments = |segments: Option<Vec<RailSegmentInput>>| {
            segments.unwrap_or_default().into_iter().map(Into::into).collect()
        };
        let changes = OhtChanges {
            rail_id,
            hoist_status: option(self.hoist_status).map(|status| status.map(Into::into)),
            rail_position: option(self.rail_position),
            rail_segments: option(self.rail_segments).map(segments),
        };
        faults.into_result().map(|()| changes)
    }
}
