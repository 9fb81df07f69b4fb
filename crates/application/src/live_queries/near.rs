use std::collections::HashMap;

use ::live::Selection;
use domain::{
    VehicleId, Violations,
    telemetry::{MapId, VehiclePosition},
    vehicle::Vehicle,
};
use validator::{Validate, ValidationError};

use super::{LiveQueries, Presence};
use crate::{
    Actor,
    error::Result,
    validation::{self, fault_of_value},
};

/// Maximum number of vehicles in a [`Neighbourhood`].
pub const MAX_NEIGHBOURS: u32 = 500;

/// A circle, in metres.
#[derive(Debug, Clone, PartialEq, Validate)]
pub struct Circle {
    #[validate(custom(function = is_finite))]
    pub x: f64,
    #[validate(custom(function = is_finite))]
    pub y: f64,
    #[validate(custom(function = is_finite), range(min = 0.0))]
    pub radius: f64,
    /// Maximum number of vehicles to return. The nearest ones are returned.
    #[validate(range(min = 1, max = MAX_NEIGHBOURS))]
    pub first: u32,
}

impl Circle {
    /// Checks the circle, so that an API can report its faults together with others.
    ///
    /// # Errors
    /// Returns the violations of its fields.
    pub fn check(&self) -> Result<(), Violations> {
        validation::check(self)
    }

    fn distance_to(&self, position: &VehiclePosition) -> f64 {
        (position.x - self.x).hypot(position.y - self.y)
    }
}

fn is_finite(number: f64) -> Result<(), ValidationError> {
    match number.is_finite() {
        true => Ok(()),
        false => Err(fault_of_value("must be a finite number")),
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub vehicle: Vehicle,
    pub position: VehiclePosition,
    /// Distance from the centre of the circle in metres, ignoring height.
    pub distance: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Neighbourhood {
    /// The nearest vehicles, in ascending order of distance.
    pub neighbours: Vec<Neighbour>,
    /// Number of vehicles in the circle, including those beyond the limit.
    pub total_count: usize,
}

impl LiveQueries {
    /// Returns the vehicles that exist for the caller and whose newest positions in the live core are in a circle on a
    /// map, or on its edge.
    ///
    /// # Errors
    /// Returns [`crate::Error::Invalid`] for an invalid circle; [`crate::Error::Unavailable`] if the registry is
    /// unavailable.
    pub async fn near(&self, actor: &Actor, map: &MapId, circle: &Circle) -> Result<Neighbourhood> {
        let Presence { live, repository } = &self.presence;
        circle.check()?;
        let selection = Selection {
            scope: &actor.scope,
            group: None,
            kind: None,
            map: Some(map),
        };
        let mut found: Vec<(f64, VehicleId, VehiclePosition)> = Vec::new();
        live.for_each_position(&selection, |id, position| {
            let distance = circle.distance_to(position);
            if distance <= circle.radius {
                found.push((distance, id, position.clone()));
            }
        });
        let total_count = found.len();
        found.sort_unstable_by(|(a, one, _), (b, other, _)| a.total_cmp(b).then(one.cmp(other)));
        found.truncate(usize::try_from(circle.first).unwrap_or(usize::MAX));
        let ids: Vec<_> = found.iter().map(|(_, id, _)| *id).collect();
        let mut vehicles: HashMap<_, _> = HashMap::new();
        if !ids.is_empty() {
            let loaded = repository.find_by_ids(&actor.scope, &ids).await?;
            vehicles.extend(loaded.into_iter().map(|vehicle| (vehicle.id, vehicle)));
        }
        // Vehicles that have been deleted in the meantime are omitted.
        let neighbour = |(distance, id, position)| {
            let vehicle: Vehicle = vehicles.remove(&id)?;
            Some(Neighbour {
                vehicle: vehicle.within(&actor.scope),
                position,
                distance,
            })
        };
        Ok(Neighbourhood {
            neighbours: found.into_iter().filter_map(neighbour).collect(),
            total_count,
        })
    }
}
