//! Positions of robots, and the data that watchers have received.

use std::collections::{BTreeMap, HashMap};

use super::Verdict;
use crate::chaos::history::{History, Publication, Seen, Shown, Truth, Vehicle};

/// Checks that within a connection, positions and versions of a vehicle never go backwards, and that no watcher has
/// received a position before it was published.
///
/// A new connection may begin with an older position: a server that has just started knows only the live keys, which
/// are written once per `LIVE__SYNC_INTERVAL_MS`.
pub(super) fn check_order(history: &History, verdict: &mut Verdict) {
    let published: HashMap<(&str, u64), &Publication> = history
        .publications
        .iter()
        .map(|publication| ((publication.vehicle.as_str(), publication.number), publication))
        .collect();
    let mut newest: HashMap<(usize, usize, &str), (u64, u64)> = HashMap::new();
    for sight in &history.sights {
        let (watcher, session, vehicle) = (sight.watcher, sight.session, sight.vehicle.as_str());
        let (position, version) = newest.entry((watcher, session, vehicle)).or_default();
        let (known, now, what) = match sight.seen {
            Seen::Position(number) => {
                let publication = published.get(&(vehicle, number));
                if publication.is_none_or(|publication| publication.at > sight.at) {
                    verdict.wrong.push(format!(
                        "watcher {watcher}: position {number} of {vehicle} was not published before"
                    ));
                }
                (position, number, "position")
            }
            Seen::Version(number) => (version, number, "version"),
        };
        if now < *known {
            verdict.wrong.push(format!(
                "watcher {watcher}, connection {session}: {vehicle} went from {what} {known} back to {now}"
            ));
        }
        *known = now.max(*known);
    }
}

/// Checks that REST and the live keys show the last position of each robot, which Redis must have confirmed.
pub(super) fn check_last_positions(history: &History, truth: &Truth, verdict: &mut Verdict) {
    for (vehicle, last) in last_publications(history) {
        let number = last.number;
        if !last.is_acknowledged {
            verdict.wrong.push(format!(
                "the last position {number} of {vehicle} was not confirmed"
            ));
        }
        for (place, numbers) in [("REST", &truth.positions), ("the live keys", &truth.keys)] {
            let found = numbers.get(vehicle);
            if found != Some(&number) {
                verdict.lost.push(format!(
                    "{place}: {vehicle} is at {found:?} instead of its last position {number}"
                ));
            }
        }
    }
}

fn last_publications(history: &History) -> BTreeMap<&str, &Publication> {
    let publications = history.publications.iter();
    publications
        .map(|publication| (publication.vehicle.as_str(), publication))
        .collect()
}

/// Checks that every watcher shows the registry and the last positions.
pub(super) fn check_pictures(history: &History, truth: &Truth, verdict: &mut Verdict) {
    let last = last_publications(history);
    for (watcher, picture) in &history.pictures {
        for (id, vehicle) in &truth.vehicles {
            let position = last.get(id.as_str()).map(|publication| publication.number);
            match picture.get(id) {
                Some(shown) if agrees(shown, vehicle, position) => {}
                shown => verdict.wrong.push(format!(
                    "watcher {watcher} shows {id} as {shown:?} instead of {vehicle:?} at {position:?}"
                )),
            }
        }
        for id in picture.keys().filter(|id| !truth.vehicles.contains_key(*id)) {
            verdict.wrong.push(format!(
                "watcher {watcher} shows {id}, which is not in the registry"
            ));
        }
    }
}

fn agrees(shown: &Shown, vehicle: &Vehicle, position: Option<u64>) -> bool {
    shown.version.is_none_or(|version| version == vehicle.version)
        && shown.model.as_ref().is_none_or(|model| *model == vehicle.model)
        && shown.status.as_ref() == Some(&vehicle.status)
        && shown.is_enabled == Some(vehicle.is_enabled)
        && shown.position == position
}
