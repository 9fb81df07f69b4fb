//! Whether a position can be true.

use std::{fmt, str::FromStr};

use super::{Arrival, SetBackWatch, Timestamp, VehiclePosition};

/// The space in which vehicles can be, in metres; its faces belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    min: [f64; 3],
    max: [f64; 3],
}

/// A text or six numbers that are no [`Bounds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be six numbers minX,minY,minZ,maxX,maxY,maxZ in metres, each minimum below its maximum")]
pub struct InvalidBounds;

impl Bounds {
    /// From two opposite corners.
    ///
    /// # Errors
    /// When a coordinate is not finite, or a minimum not below its maximum.
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

    /// Whether a place lies in the space.
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

/// The bounds within which a plant believes a report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlausibilityRules {
    /// Where vehicles can be.
    pub bounds: Bounds,
    /// How fast any vehicle can be, in m/s. The vehicle's own top speed is not asked: it is a data sheet's
    /// figure, often wrong, and a robot that slips or is carried is still where it is.
    pub max_speed_mps: f64,
    /// How far a position may be off in addition, in metres: the corrections of a robot's localisation.
    pub max_jump_m: f64,
    /// How far a robot's clock may be ahead of the server's, in milliseconds.
    pub max_ahead_ms: i64,
    /// How many positions in a row that agree with each other move a vehicle to where it could not have
    /// driven: somebody relocated it on its map.
    pub relocation_samples: u32,
}

/// Why a position cannot be true.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Implausible {
    /// Outside the plant.
    #[error("position is outside the bounds")]
    OutOfBounds,
    /// From the future.
    #[error("timestamp is {ahead_ms} ms ahead of the server's clock")]
    InFuture {
        /// How far ahead.
        ahead_ms: i64,
    },
    /// Older than what is known already.
    #[error("timestamp is {behind_ms} ms before the newest accepted one")]
    OutOfOrder {
        /// How much older.
        behind_ms: i64,
    },
    /// Farther away than the vehicle could have driven.
    #[error("position is {distance_m:.3} m from the last one, more than {allowed_m:.3} m")]
    Jump {
        /// Metres from the last believed position.
        distance_m: f64,
        /// Metres that the time between the two allows.
        allowed_m: f64,
    },
}

impl PlausibilityRules {
    /// Checks that a robot's clock is not too far ahead.
    ///
    /// # Errors
    /// [`Implausible::InFuture`].
    pub const fn check_ahead(&self, timestamp: Timestamp, now: Timestamp) -> Result<(), Implausible> {
        let ahead_ms = timestamp.ms_since(now);
        if ahead_ms > self.max_ahead_ms {
            return Err(Implausible::InFuture { ahead_ms });
        }
        Ok(())
    }

    /// Checks a moment against the server's clock and the newest accepted one. An older one is believed, too, when it shows
    /// that the robot's clock was set back.
    ///
    /// # Errors
    /// [`Implausible::InFuture`] and [`Implausible::OutOfOrder`].
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

    /// Checks a position that was kept somewhere, by whomever it was written.
    ///
    /// # Errors
    /// [`Implausible::OutOfBounds`] and [`Implausible::InFuture`].
    pub fn check_kept(&self, position: &VehiclePosition, now: Timestamp) -> Result<(), Implausible> {
        if !self.bounds.contain(position) {
            return Err(Implausible::OutOfBounds);
        }
        self.check_ahead(position.timestamp, now)
    }

    /// Whether a vehicle can have come from one position to the other.
    fn check_way(&self, from: &VehiclePosition, to: &VehiclePosition) -> Result<(), Implausible> {
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

/// How a message was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// As the newest.
    Newest,
    /// As the first one after the robot's clock was set back: what was known before no longer counts.
    ClockSetBack,
}

/// The believed positions of one vehicle: the newest, and the beginnings of a relocation.
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
    /// A track that goes on from a position that was believed before, by this server or by another.
    #[must_use]
    pub fn resume(newest: VehiclePosition) -> Self {
        Self {
            newest: Some(newest),
            ..Self::default()
        }
    }

    /// The newest believed position.
    #[must_use]
    pub const fn newest(&self) -> Option<&VehiclePosition> {
        self.newest.as_ref()
    }

    /// Believes a position, which then is the newest, or says why it can't be true.
    ///
    /// A position that is too far away to have been driven to is remembered. When
    /// [`PlausibilityRules::relocation_samples`] of them in a row agree with each other, the last of them is
    /// believed: the robot was relocated on its map. A position on another map, or in another frame, can't
    /// be compared, and is believed. After the robot's clock was set back ([`SetBackWatch`]) the track starts anew.
    ///
    /// # Errors
    /// The first rule that the position breaks.
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
