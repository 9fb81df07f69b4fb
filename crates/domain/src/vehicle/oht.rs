//! Overhead hoist transports.

use super::Label;
use crate::{named_enum, text::finite, violation::Violations};

named_enum! {
    /// Position of the hoist of an overhead hoist transport.
    HoistStatus {
        /// The hoist is at the vehicle.
        Up = "UP",
        /// The hoist is at the port below.
        Down = "DOWN",
        /// The hoist is between the vehicle and the port.
        Moving = "MOVING",
    }
}

/// Segment of a rail. Its start and end are in metres from the rail's origin.
#[derive(Debug, Clone, PartialEq)]
pub struct RailSegment {
    segment_id: Label,
    start: f64,
    end: f64,
}

impl RailSegment {
    /// Returns the name of the segment.
    #[must_use]
    pub const fn segment_id(&self) -> &Label {
        &self.segment_id
    }

    /// Returns the start in metres.
    #[must_use]
    pub const fn start(&self) -> f64 {
        self.start
    }

    /// Returns the end in metres, which is greater than [`RailSegment::start`].
    #[must_use]
    pub const fn end(&self) -> f64 {
        self.end
    }

    /// Returns `true` if a position on the rail, in metres, is in the segment, including both ends.
    #[must_use]
    pub fn contains(&self, position: f64) -> bool {
        (self.start..=self.end).contains(&position)
    }
}

/// Details of an overhead hoist transport.
#[derive(Debug, Clone, PartialEq)]
pub struct OhtDetails {
    rail_id: Label,
    hoist_status: Option<HoistStatus>,
    rail_position: Option<f64>,
    rail_segments: Vec<RailSegment>,
}

/// Segment of a rail before it is checked.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRailSegment {
    /// Name of the segment.
    pub segment_id: String,
    /// Start in metres.
    pub start: f64,
    /// End in metres.
    pub end: f64,
}

/// Details of an overhead hoist transport before they are checked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RawOht {
    /// Name of the rail.
    pub rail_id: String,
    /// Position of the hoist.
    pub hoist_status: Option<HoistStatus>,
    /// Position of the vehicle on its rail, in metres.
    pub rail_position: Option<f64>,
    /// Segments of the rail; empty if they are not known.
    pub rail_segments: Vec<RawRailSegment>,
}

impl OhtDetails {
    /// Maximum number of segments of a rail.
    pub const MAX_SEGMENTS: usize = 1_000;

    /// Checks all fields.
    ///
    /// # Errors
    /// Returns the faults of all fields. A segment must end after its start and have a unique name. If there are
    /// segments, the position must be in one of them. If there are too many, only their number and the name of the rail
    /// are checked.
    pub fn new(raw: RawOht) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        let rail_id = faults.keep("railId", Label::new(&raw.rail_id));
        if raw.rail_segments.len() > Self::MAX_SEGMENTS {
            faults.add(
                "railSegments",
                format!("must have at most {} segments", Self::MAX_SEGMENTS),
            );
            return Err(faults);
        }
        let mut rail_segments: Vec<RailSegment> = Vec::with_capacity(raw.rail_segments.len());
        for (index, segment) in raw.rail_segments.iter().enumerate() {
            let field = format!("railSegments[{index}]");
            let Some(segment) = faults.nest(&field, checked_segment(segment)) else {
                continue;
            };
            if rail_segments
                .iter()
                .any(|other| other.segment_id == segment.segment_id)
            {
                faults.add(format!("{field}.segmentId"), "must be unique on its rail");
            }
            rail_segments.push(segment);
        }
        if let Some(position) = raw.rail_position {
            if !position.is_finite() {
                faults.add("railPosition", "must be a finite number");
            } else if !raw.rail_segments.is_empty() && !rail_segments.iter().any(|s| s.contains(position)) {
                faults.add("railPosition", "must lie in one of railSegments");
            }
        }
        faults.into_result()?;
        let rail_id = rail_id.ok_or_else(|| Violations::of("railId", "must not be empty"))?;
        Ok(Self {
            rail_id,
            hoist_status: raw.hoist_status,
            rail_position: raw.rail_position,
            rail_segments,
        })
    }

    /// Returns the name of the rail.
    #[must_use]
    pub const fn rail_id(&self) -> &Label {
        &self.rail_id
    }

    /// Returns the position of the hoist; `None` if it is not known.
    #[must_use]
    pub const fn hoist_status(&self) -> Option<HoistStatus> {
        self.hoist_status
    }

    /// Returns the position of the vehicle on its rail in metres; `None` if it is not known.
    #[must_use]
    pub const fn rail_position(&self) -> Option<f64> {
        self.rail_position
    }

    /// Returns the segments of the rail; empty if they are not known.
    #[must_use]
    pub fn rail_segments(&self) -> &[RailSegment] {
        &self.rail_segments
    }
}

/// Changes to the details of an overhead hoist transport. `None` leaves a field unchanged, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OhtChanges {
    /// Name of the rail.
    pub rail_id: Option<Label>,
    /// Position of the hoist.
    pub hoist_status: Option<Option<HoistStatus>>,
    /// Position of the vehicle on its rail, in metres.
    pub rail_position: Option<Option<f64>>,
    /// New segments of the rail, which replace all current ones.
    pub rail_segments: Option<Vec<RawRailSegment>>,
}

impl OhtChanges {
    /// Returns the details after the changes.
    ///
    /// # Errors
    /// Returns the faults of [`OhtDetails::new`]. An unchanged field may be invalid in combination with the changes.
    pub fn apply(self, details: &OhtDetails) -> Result<OhtDetails, Violations> {
        let present = || details.rail_segments.iter().map(RawRailSegment::from).collect();
        OhtDetails::new(RawOht {
            rail_id: self.rail_id.as_ref().unwrap_or(&details.rail_id).to_string(),
            hoist_status: self.hoist_status.unwrap_or(details.hoist_status),
            rail_position: self.rail_position.unwrap_or(details.rail_position),
            rail_segments: self.rail_segments.unwrap_or_else(present),
        })
    }
}

impl From<&RailSegment> for RawRailSegment {
    fn from(segment: &RailSegment) -> Self {
        Self {
            segment_id: segment.segment_id.to_string(),
            start: segment.start,
            end: segment.end,
        }
    }
}

fn checked_segment(raw: &RawRailSegment) -> Result<RailSegment, Violations> {
    let mut faults = Violations::default();
    let segment_id = faults.keep("segmentId", Label::new(&raw.segment_id));
    let start = faults.keep("start", finite(raw.start));
    let end = faults.keep("end", finite(raw.end));
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        faults.add("end", "must be greater than start");
    }
    match (segment_id, faults.is_empty()) {
        (Some(segment_id), true) => Ok(RailSegment {
            segment_id,
            start: raw.start,
            end: raw.end,
        }),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(id: &str, start: f64, end: f64) -> RawRailSegment {
        RawRailSegment {
            segment_id: id.into(),
            start,
            end,
        }
    }

    fn check_faults(raw: RawOht, expected: &[&str]) {
        let faults = OhtDetails::new(raw).expect_err("it is wrong");
        assert_eq!(
            faults
                .iter()
                .map(|fault| fault.field.as_str())
                .collect::<Vec<_>>(),
            expected
        );
    }

    #[test]
    fn a_position_must_be_in_one_of_the_segments() {
        let rail = |position| RawOht {
            rail_id: "bay 1".into(),
            rail_position: Some(position),
            rail_segments: vec![segment("a", 0.0, 10.0), segment("b", 20.0, 30.0)],
            ..RawOht::default()
        };
        for inside in [0.0, 10.0, 25.0] {
            assert!(OhtDetails::new(rail(inside)).is_ok(), "{inside}");
        }
        for outside in [-0.1, 15.0, 30.1] {
            check_faults(rail(outside), &["railPosition"]);
        }
    }

    #[test]
    fn without_segments_any_position_is_valid() {
        let raw = RawOht {
            rail_id: "bay 1".into(),
            rail_position: Some(1e6),
            ..RawOht::default()
        };
        assert!(OhtDetails::new(raw).is_ok());
    }

    #[test]
    fn every_fault_is_named() {
        check_faults(
            RawOht {
                rail_id: " ".into(),
                rail_position: Some(f64::NAN),
                rail_segments: vec![
                    segment("a", 5.0, 5.0),
                    segment("", 0.0, 1.0),
                    segment("a", 0.0, f64::NAN),
                ],
                ..RawOht::default()
            },
            &[
                "railId",
                "railSegments[0].end",
                "railSegments[1].segmentId",
                "railSegments[2].end",
                "railPosition",
            ],
        );
    }

    #[test]
    fn segment_names_must_be_unique() {
        check_faults(
            RawOht {
                rail_id: "bay 1".into(),
                rail_segments: vec![segment("a", 0.0, 1.0), segment("a", 1.0, 2.0)],
                ..RawOht::default()
            },
            &["railSegments[1].segmentId"],
        );
    }
}
