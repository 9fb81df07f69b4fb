//! Overhead hoist transports.

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
    /// An overhead hoist transport: runs on a rail under the ceiling.
    Oht(OhtDetails) as "OHT" {
        /// The rail's name.
        pub fn rail_id(&self) -> &str {
            self.details.rail_id().as_str()
        }

        /// Where the hoist is.
        pub fn hoist_status(&self) -> Option<HoistStatus> {
            self.details.hoist_status().map(Into::into)
        }

        /// Where the vehicle is on its rail, in metres.
        pub fn rail_position(&self) -> Option<f64> {
            self.details.rail_position()
        }

        /// The stretches of the rail; none when they are not known.
        pub fn rail_segments(&self) -> Option<Vec<RailSegment>> {
            Some(self.details.rail_segments().iter().map(Into::into).collect())
        }
    }
}

/// A stretch of rail, in metres from the rail's origin.
#[derive(Clone, Debug, GraphQLObject)]
pub struct RailSegment {
    /// The segment's name.
    segment_id: String,
    /// Where it begins.
    start: f64,
    /// Where it ends, after its start.
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

/// What only an overhead hoist transport has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct OhtInput {
    /// The rail's name.
    rail_id: String,
    /// Where the hoist is.
    hoist_status: Option<HoistStatus>,
    /// Where the vehicle is on its rail, in metres; in one of the segments when there are any.
    rail_position: Option<f64>,
    /// The stretches of the rail.
    rail_segments: Option<Vec<RailSegmentInput>>,
}

/// A stretch of rail, in metres from the rail's origin.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct RailSegmentInput {
    /// The segment's name, its own on its rail.
    segment_id: String,
    /// Where it begins.
    start: f64,
    /// Where it ends, after its start.
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

/// What is to be changed of what only an overhead hoist transport has.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateOhtInput {
    /// The rail's name; not null.
    rail_id: Nullable<String>,
    /// Where the hoist is.
    hoist_status: Nullable<HoistStatus>,
    /// Where the vehicle is on its rail, in metres; in one of the segments when there are any.
    rail_position: Nullable<f64>,
    /// All stretches of the rail; null for none.
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
