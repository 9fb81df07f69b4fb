//! Changes to the registry.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::Verdict;
use crate::chaos::history::{Change, History, Outcome, Truth, Vehicle, Write};

/// Writes that took effect, by vehicle, in the order of versions.
pub(super) type Effective<'a> = BTreeMap<&'a str, Vec<&'a Write>>;

/// Compares the writes with the audit log. Returns those that took effect.
pub(super) fn effective<'a>(history: &'a History, truth: &'a Truth, verdict: &mut Verdict) -> Effective<'a> {
    let mut entries: HashMap<&str, Vec<&str>> = HashMap::new();
    for entry in &truth.audit {
        entries.entry(&entry.request).or_default().push(&entry.vehicle);
    }
    let mut effective = Effective::new();
    for write in &history.writes {
        let request = write.request.as_str();
        let vehicles = entries.remove(request).unwrap_or_default();
        match (&write.outcome, vehicles.len()) {
            (Outcome::Acknowledged { .. }, 0) => {
                let change = &write.change;
                verdict.lost.push(format!(
                    "{request} ({change:?}) was acknowledged, but is not in the audit log"
                ));
            }
            (Outcome::Rejected(reason), 1) => verdict.wrong.push(format!(
                "{request} was rejected ({reason}), but is in the audit log"
            )),
            (Outcome::Acknowledged { .. } | Outcome::Unknown(_), 1) | (_, 0) => {}
            (_, times) => verdict
                .doubled
                .push(format!("{request} is in the audit log {times} times")),
        }
        let Some(&vehicle) = vehicles.first() else {
            continue;
        };
        if let Outcome::Acknowledged {
            vehicle: named,
            version,
        } = &write.outcome
        {
            let answer = (named.as_str(), *version);
            if answer != (vehicle, write.version()) {
                let recorded = (vehicle, write.version());
                verdict.wrong.push(format!(
                    "{request} was answered with {answer:?} instead of {recorded:?}"
                ));
            }
        }
        effective.entry(vehicle).or_default().push(write);
    }
    let mut unknown: Vec<&str> = entries.into_keys().collect();
    unknown.sort_unstable();
    for request in unknown {
        verdict.wrong.push(format!(
            "{request} is in the audit log, but no client has sent it"
        ));
    }
    for writes in effective.values_mut() {
        writes.sort_by_key(|write| write.expected);
    }
    effective
}

/// Compares the registry with the writes that took effect.
pub(super) fn check_registry(
    effective: &Effective<'_>,
    history: &History,
    truth: &Truth,
    verdict: &mut Verdict,
) {
    for (&vehicle, writes) in effective {
        check_sequence(vehicle, writes, verdict);
        match (outcome_of(writes), truth.vehicles.get(vehicle)) {
            (None, None) => {}
            (None, Some(_)) => verdict
                .lost
                .push(format!("the deletion of {vehicle} had no effect")),
            (Some(_), None) => verdict.lost.push(format!("{vehicle} is not in the registry")),
            (Some(expected), Some(found)) if expected == *found => {}
            (Some(expected), Some(found)) => {
                let difference = format!("{vehicle} is {found:?} instead of {expected:?}");
                match found.version.cmp(&expected.version) {
                    Ordering::Less => verdict.lost.push(difference),
                    Ordering::Equal | Ordering::Greater => verdict.wrong.push(difference),
                }
            }
        }
    }
    let robots: BTreeSet<&str> = history
        .publications
        .iter()
        .map(|publication| publication.vehicle.as_str())
        .collect();
    for (id, vehicle) in &truth.vehicles {
        if !effective.contains_key(id.as_str()) && !robots.contains(id.as_str()) {
            let name = &vehicle.name;
            verdict.wrong.push(format!(
                "{id} ({name}) is in the registry, but not in the audit log"
            ));
        }
    }
}

/// Checks that the changes to a vehicle apply to the versions 0, 1, 2 and so on.
fn check_sequence(vehicle: &str, writes: &[&Write], verdict: &mut Verdict) {
    let mut next = 0;
    for write in writes {
        let change = format!("{} of {vehicle}", write.request);
        match write.expected.cmp(&next) {
            Ordering::Equal => {}
            Ordering::Less => verdict.doubled.push(format!(
                "{change} is the second change of version {}",
                write.expected
            )),
            Ordering::Greater => verdict
                .lost
                .push(format!("{change} follows version {}, which has no change", next)),
        }
        next = write.version();
    }
}

/// Returns a vehicle after these changes; `None` if it was deleted.
fn outcome_of(writes: &[&Write]) -> Option<Vehicle> {
    let mut vehicle = None;
    for write in writes {
        let version = write.version();
        vehicle = match (&write.change, vehicle) {
            (Change::Create, _) => Some(Vehicle {
                version,
                name: write.request.clone(),
                model: write.request.clone(),
                status: "IDLE".to_owned(),
                is_enabled: false,
            }),
            (Change::Delete, _) | (_, None) => None,
            (Change::Model(model), Some(vehicle)) => Some(Vehicle {
                version,
                model: model.clone(),
                ..vehicle
            }),
            (Change::Status(status), Some(vehicle)) => Some(Vehicle {
                version,
                status: status.clone(),
                ..vehicle
            }),
            (&Change::Enabled(is_enabled), Some(vehicle)) => Some(Vehicle {
                version,
                is_enabled,
                ..vehicle
            }),
        };
    }
    vehicle
}

/// Checks that a change that was acknowledged before another change began has the lower version.
pub(super) fn check_order(history: &History, verdict: &mut Verdict) {
    let mut by_vehicle: BTreeMap<&str, Vec<&Write>> = BTreeMap::new();
    for write in &history.writes {
        if let Outcome::Acknowledged { vehicle, .. } = &write.outcome {
            by_vehicle.entry(vehicle).or_default().push(write);
        }
    }
    for (vehicle, writes) in by_vehicle {
        for earlier in &writes {
            let contradicts =
                |later: &&&Write| earlier.ended < later.invoked && later.version() <= earlier.version();
            for later in writes.iter().filter(contradicts) {
                verdict.wrong.push(format!(
                    "{vehicle}: {} was acknowledged before {} began, but has a higher or the same version",
                    earlier.request, later.request
                ));
            }
        }
    }
}

/// Checks that every read returned the changes that were acknowledged before it began.
pub(super) fn check_reads(history: &History, verdict: &mut Verdict) {
    for read in &history.reads {
        let of_vehicle = |write: &&Write| match &write.outcome {
            Outcome::Acknowledged { vehicle, .. } => *vehicle == read.vehicle,
            Outcome::Rejected(_) => false,
            Outcome::Unknown(_) => write.vehicle.as_ref() == Some(&read.vehicle),
        };
        let mut writes = history.writes.iter().filter(of_vehicle);
        match read.version {
            Some(version) => {
                let stale = writes.find(|write| {
                    write.is_acknowledged() && write.ended < read.invoked && write.version() > version
                });
                if let Some(write) = stale {
                    verdict.wrong.push(format!(
                        "{} was read in version {version}, after {} was acknowledged",
                        read.vehicle, write.request
                    ));
                }
            }
            None => {
                if !writes.any(|write| write.change == Change::Delete && write.invoked < read.ended) {
                    verdict.lost.push(format!(
                        "{} was not found, but no client has deleted it",
                        read.vehicle
                    ));
                }
            }
        }
    }
}
