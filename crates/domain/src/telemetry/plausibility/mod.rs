//! Plausibility of positions and of their timestamps.

use std::{fmt, str::FromStr};

use super::{Arrival, SetBackWatch, Timestamp, VehiclePosition};

/// Box in which vehicles can be, in metres. Positions on its faces are inside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    min: [f64; 3],
    max: [f64; 3],
}

/// Error returned for a text or for coordinates that are not valid [`Bounds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be six numbers minX,minY,minZ,maxX,maxY,maxZ in metres, each minimum below its maximum")]
pub struct InvalidBounds;

impl Bounds {
    /// Returns the box with these minimum and maximum coordinates (x, y, z).
    ///
    /// # Errors
    /// Fails if a coordinate is not finite, or a minimum is not below its maximum.
    pub fn new(min: [f64; 3], max: [f64; 3]) -> Result<Self, InvalidBounds> {
        let sound = min
            .iter()
            .zip(&max)
            .all(|(min, max)| min.is_finite() && max.is_finite() && min < max);
        if sound {
            Ok(Self { min, max })
        } else {
            Err(InvalidBounds)
        }
    }

    /// Returns `true` if a position is inside the box.
    #[must_use]
    pub fn contain(&self, position: &VehiclePosition) -> bool {
        [position.x, position.y, position.z]
            .iter()
            .zip(self.min.iter().zip(&self.max))
            .all(|(value, (min, max))| (min..=max).contains(&value))
    }
}

impl FromStr for Bounds {
    type Err = InvalidBounds;

    fn from_str(text: &str) -> Result<Self, InvalidBounds> {
        let numbers: Vec<f64> = text
            .split(',')
            .map(|part| part.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| InvalidBounds)?;
        let [min_x, min_y, min_z, max_x, max_y, max_z] = numbers[..] else {
            return Err(InvalidBounds);
        };
        Self::new([min_x, min_y, min_z], [max_x, max_y, max_z])
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([min_x, min_y, min_z], [max_x, max_y, max_z]) = (self.min, self.max);
        write!(f, "{min_x},{min_y},{min_z},{max_x},{max_y},{max_z}")
    }
}

/// Limits within which positions are considered plausible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlausibilityRules {
    /// Box in which vehicles can be.
    pub bounds: Bounds,
    /// Maximum speed of any vehicle, in m/s. The maximum speed in a vehicle's data sheet is not used: it is often
    /// wrong, and a robot that slips or is carried may exceed it.
    pub max_speed_mps: f64,
    /// Additional distance allowed between two positions, in metres, for corrections of a robot's localisation.
    pub max_jump_m: f64,
    /// Maximum lead of a robot's clock over the server's, in milliseconds.
    pub max_ahead_ms: i64,
    /// Number of consistent positions in a row after which a jump is accepted, because they show that the robot was
    /// relocated on its map.
    pub relocation_samples: u32,
}

/// Reason why a position, or a timestamp alone, is not plausible.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Implausible {
    /// The position is outside the bounds.
    #[error("position is outside the bounds")]
    OutOfBounds,
    /// The timestamp is farther ahead of the server's clock than allowed.
    #[error("timestamp is {ahead_ms} ms ahead of the server's clock")]
    InFuture {
        /// Lead over the server's clock, in milliseconds.
        ahead_ms: i64,
    },
    /// The timestamp is older than the newest accepted one.
    #[error("timestamp is {behind_ms} ms before the newest accepted one")]
    OutOfOrder {
        /// Difference from the newest accepted timestamp, in milliseconds.
        behind_ms: i64,
    },
    /// The position is farther away than the vehicle could have driven.
    #[error("position is {distance_m:.3} m from the last one, more than the allowed {allowed_m:.3} m")]
    Jump {
        /// Distance from the last accepted position, in metres.
        distance_m: f64,
        /// Distance that the time between the two positions allows, in metres.
        allowed_m: f64,
    },
}

impl PlausibilityRules {
    /// Checks that a robot's clock is not too far ahead.
    ///
    /// # Errors
    /// Returns [`Implausible::InFuture`] if it is.
    pub const fn check_ahead(&self, timestamp: Timestamp, now: Timestamp) -> Result<(), Implausible> {
        let ahead_ms = timestamp.ms_since(now);
        if ahead_ms > self.max_ahead_ms {
            return Err(Implausible::InFuture { ahead_ms });
        }
        Ok(())
    }

    /// Checks a timestamp against the server's clock and the newest accepted one. An older timestamp is accepted if it
    /// shows that the robot's clock was set back.
    ///
    /// # Errors
    /// Returns [`Implausible::InFuture`] or [`Implausible::OutOfOrder`].
    pub fn check_time(
        &self,
        timestamp: Timestamp,
        newest: Option<Timestamp>,
        set_back: &mut SetBackWatch,
        arrival: Arrival,
    ) -> Result<Acceptance, Implausible> {
        self.check_ahead(timestamp, arrival.wall)?;
        match newest.map(|newest| newest.ms_since(timestamp)) {
            Some(behind_ms) if behind_ms > 0 => {
                if set_back.note_older(timestamp, arrival) {
                    Ok(Acceptance::ClockSetBack)
                } else {
                    Err(Implausible::OutOfOrder { behind_ms })
                }
            }
            _ => Ok(Acceptance::Newest),
        }
    }

    /// Checks a position that was read from a store or a recording, which another program may have written.
    ///
    /// # Errors
    /// Returns [`Implausible::OutOfBounds`] or [`Implausible::InFuture`].
    pub fn check_kept(&self, position: &VehiclePosition, now: Timestamp) -> Result<(), Implausible> {
        if !self.bounds.contain(position) {
            return Err(Implausible::OutOfBounds);
        }
        self.check_ahead(position.timestamp, now)
    }

    /// Checks that a vehicle could have driven from one position to the other in the time between them.
    fn check_way(&self, from: &VehiclePosition, to: &VehiclePosition) -> Result<(), Implausible> {
        // There is no distance between coordinates on different maps or in different frames.
        if !to.shares_axes_with(from) {
            return Ok(());
        }
        let seconds = to.timestamp.ms_since(from.timestamp).max(0) as f64 / 1000.0;
        let allowed_m = self.max_jump_m + self.max_speed_mps * seconds;
        let distance_m = to.distance_to(from);
        if distance_m <= allowed_m {
            Ok(())
        } else {
            Err(Implausible::Jump {
                distance_m,
                allowed_m,
            })
        }
    }
}

/// Reason why a message was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The message is not older than the newest accepted one.
    Newest,
    /// The message shows that the robot's clock was set back. It replaces all earlier data, whatever their timestamps.
    ClockSetBack,
}

/// State of the plausibility checks of one vehicle: its newest accepted position, and signs of a relocation or of a
/// clock that was set back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PositionTrack {
    newest: Option<VehiclePosition>,
    relocation: Option<Relocation>,
    set_back: SetBackWatch,
}

#[derive(Debug, Clone, PartialEq)]
struct Relocation {
    last: VehiclePosition,
    samples: u32,
}

impl PositionTrack {
    /// Returns a track that continues from a position that this or another server has accepted.
    #[must_use]
    pub fn resume(newest: VehiclePosition) -> Self {
        Self {
            newest: Some(newest),
            ..Self::default()
        }
    }

    /// Returns the newest accepted position.
    #[must_use]
    pub const fn newest(&self) -> Option<&VehiclePosition> {
        self.newest.as_ref()
    }

    /// Accepts a position as the newest one, or rejects it as not plausible.
    ///
    /// A position that is farther away than the vehicle could have driven is remembered. When
    /// [`PlausibilityRules::relocation_samples`] such positions in a row are consistent with each other, the last one
    /// is accepted, because the robot was evidently relocated on its map. A position on another map or in another frame
    /// cannot be compared, and is accepted. If the robot's clock was set back ([`SetBackWatch`]), the track is reset.
    ///
    /// # Errors
    /// Returns the first rule that the position breaks.
    pub fn accept(
        &mut self,
        position: VehiclePosition,
        rules: &PlausibilityRules,
        arrival: Arrival,
    ) -> Result<Acceptance, Implausible> {
        if !rules.bounds.contain(&position) {
            return Err(Implausible::OutOfBounds);
        }
        let newest = self.newest.as_ref().map(|newest| newest.timestamp);
        let acceptance = rules.check_time(position.timestamp, newest, &mut self.set_back, arrival)?;
        if acceptance == Acceptance::ClockSetBack {
            *self = Self::resume(position);
            return Ok(acceptance);
        }
        // Do this before checking the distance: even a position that is too far away ends a run of older messages.
        self.set_back.note_newer();
        let way = self
            .newest
            .as_ref()
            .map_or(Ok(()), |newest| rules.check_way(newest, &position));
        if let Err(implausible) = way
            && !self.is_relocated_by(&position, rules)
        {
            return Err(implausible);
        }
        self.relocation = None;
        self.newest = Some(position);
        Ok(acceptance)
    }

    fn is_relocated_by(&mut self, position: &VehiclePosition, rules: &PlausibilityRules) -> bool {
        let samples = match &self.relocation {
            // A position that is older than the last candidate neither continues nor restarts the count.
            Some(Relocation { last, .. }) if position.timestamp < last.timestamp => return false,
            Some(Relocation { last, samples })
                if position.shares_axes_with(last) && rules.check_way(last, position).is_ok() =>
            {
                samples + 1
            }
            _ => 1,
        };
        self.relocation = Some(Relocation {
            last: position.clone(),
            samples,
        });
        samples >= rules.relocation_samples
    }
}

#[cfg(test)]
mod tests;
