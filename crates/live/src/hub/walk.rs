//! The remaining work of a walk over the table, and the result of one step of it.

use std::{collections::HashSet, mem, sync::Arc};

use domain::AccessScope;

use super::room_key::RoomKey;
use crate::{
    dirty_set::DirtySet,
    event::LiveEvent,
    indices::VehicleIndex,
    interest::Interest,
    live_table::{LiveVehicle, TableCursor},
    mailbox::Sift,
    view::VehicleView,
};

/// Remaining work to bring a subscriber's view in line with its key.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Progress of the check of waiting messages against the key, by vehicle id; `None` when all are checked.
    pub(super) sift: Option<Sift>,
    /// Vehicles that are sent even if the subscriber's view already has them.
    pub(super) shown: DirtySet,
    /// Place in the table from which the comparison with the subscriber's view continues; `None` when it is complete.
    pub(super) next: Option<TableCursor>,
    /// The sights under which the subscriber's view was built. There are several if the key changed during a walk; it
    /// is then unknown which vehicles were sent under which of them.
    before: Vec<PastSight>,
    /// Topics whose vehicles are sent even if the subscriber's view already has them.
    pub(super) again: Interest,
}

/// Maximum number of earlier sights of one walk. A subscriber that changes its key faster than its walk proceeds would
/// otherwise collect any number of them.
const MAX_SIGHTS: usize = 8;

/// The vehicles that a subscriber had in its view when its key changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    /// The vehicles that a key without a filter covers. Those that it names by their ids are not part of it: a move
    /// handles them at once.
    Covered {
        interest: Interest,
        scope: Arc<AccessScope>,
    },
    /// The vehicles that a room with filters had sent.
    Sent(HashSet<VehicleIndex>),
}

/// A sight that has ended.
#[derive(Debug)]
struct PastSight {
    sight: Sight,
    /// Value of [`crate::live_table::LiveTable::appearances`] when the sight ended. Vehicles that have appeared since
    /// were not sent under it, so a removal must not disclose their ids.
    until: u64,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) events: Vec<Arc<LiveEvent>>,
    pub(super) views: Vec<Arc<VehicleView>>,
    /// Vehicles that this step has sent because they are in [`Walk::shown`].
    pub(super) named: HashSet<VehicleIndex>,
    /// Vehicles examined in this step that the subscriber has in its view afterwards.
    pub(super) seen: Vec<VehicleIndex>,
}

impl Sight {
    pub(super) fn of(key: &RoomKey) -> Self {
        Self::Covered {
            interest: key.interest.wide_part(),
            scope: Arc::clone(&key.scope),
        }
    }
}

impl PastSight {
    fn had(&self, index: VehicleIndex, vehicle: &LiveVehicle) -> bool {
        match &self.sight {
            Sight::Covered { interest, scope } => {
                vehicle.was_visible_at(self.until)
                    && vehicle.is_covered_by(interest, scope)
                    && vehicle.is_within(scope)
            }
            Sight::Sent(vehicles) => vehicles.contains(&index),
        }
    }
}

impl Walk {
    pub(super) fn is_over(&self) -> bool {
        self.sift.is_none() && self.shown.is_empty() && self.next.is_none()
    }

    /// Starts the comparison over, for a view that was built under another sight, which ends at `until`. The earlier
    /// sights are kept, because the subscriber may have received vehicles under any of them.
    pub(super) fn restart(&mut self, sight: Sight, scope: &Arc<AccessScope>, until: u64) {
        if self.next.is_none() {
            // The earlier comparison is complete, so the view has exactly the vehicles of the latest sight.
            self.before.clear();
        }
        self.next = Some(TableCursor::START);
        add(&mut self.before, PastSight { sight, until });
        if self.before.len() > MAX_SIGHTS {
            self.give_up_sights(scope, until);
        }
    }

    /// Replaces the earlier sights with a cautious assumption: the subscriber's view may contain any vehicle within
    /// their scopes, but no vehicle is known to be in it.
    fn give_up_sights(&mut self, scope: &Arc<AccessScope>, until: u64) {
        let covered = |interest, scope| Sight::Covered { interest, scope };
        let nothing = covered(Interest::default(), Arc::clone(scope));
        let mut sights = vec![PastSight {
            sight: nothing,
            until,
        }];
        for PastSight { sight, until } in mem::take(&mut self.before) {
            let scope = match sight {
                Sight::Covered { scope, .. } => scope,
                Sight::Sent(_) => Arc::clone(scope),
            };
            let sight = covered(Interest::everything(), scope);
            add(&mut sights, PastSight { sight, until });
        }
        self.before = sights;
    }

    /// Returns `true` if the subscriber's view may still contain a vehicle whose removal its room does not deliver.
    pub(super) fn may_show(&self, key: &RoomKey, index: VehicleIndex, vehicle: &LiveVehicle) -> bool {
        // Once the comparison is complete, the room delivers the removals of all vehicles in the view. Before that, a
        // room without filters does so for all vehicles that it covers, and a room with filters for those visited.
        self.next.is_some()
            && (key.is_filtered() || !key.wants(vehicle))
            && self.before.iter().any(|past| past.had(index, vehicle))
    }

    /// Removes a vehicle from the earlier sights, because another one may get its index.
    pub(super) fn forget(&mut self, index: VehicleIndex) {
        for past in &mut self.before {
            if let Sight::Sent(vehicles) = &mut past.sight {
                vehicles.remove(&index);
            }
        }
    }

    /// Compares one vehicle with the subscriber's view, and adds what the subscriber lacks or must remove.
    pub(super) fn visit(
        &self,
        key: &RoomKey,
        index: VehicleIndex,
        vehicle: &mut LiveVehicle,
        found: &mut Found,
    ) {
        if !vehicle.is_enabled || found.named.contains(&index) {
            return;
        }
        if key.wants(vehicle) {
            // The vehicle is known for certain only if every earlier sight covered it; if only some did, it is sent
            // again.
            let is_known = self.before.iter().all(|past| past.had(index, vehicle));
            if !is_known || vehicle.is_covered_by(&self.again, &key.scope) {
                found.show(index, vehicle);
            } else if !vehicle.view().is_empty() {
                found.seen.push(index);
            }
        } else if self.may_show(key, index, vehicle) && !vehicle.view().is_empty() {
            found.events.push(Arc::new(leave_event(key, vehicle)));
        }
    }
}

/// Adds a sight to `sights`. If there is an equal one already, only the later end is kept.
fn add(sights: &mut Vec<PastSight>, added: PastSight) {
    match sights.iter_mut().find(|past| past.sight == added.sight) {
        Some(past) => past.until = past.until.max(added.until),
        None => sights.push(added),
    }
}

impl Found {
    /// Adds the view of a vehicle, unless neither a position nor a state is known.
    pub(super) fn show(&mut self, index: VehicleIndex, vehicle: &mut LiveVehicle) {
        let view = vehicle.view();
        if !view.is_empty() {
            self.views.push(view);
            self.seen.push(index);
        }
    }
}

/// Returns the event that removes a vehicle from the view of a subscriber that no longer sees it. The removal of a
/// vehicle outside the scope looks like a deletion.
pub(super) fn leave_event(key: &RoomKey, vehicle: &LiveVehicle) -> LiveEvent {
    let vehicle_id = vehicle.id;
    match vehicle.is_within(&key.scope) {
        true => LiveEvent::VehicleLeft { vehicle_id },
        false => LiveEvent::VehicleRemoved { vehicle_id },
    }
}
