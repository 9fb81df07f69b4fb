//! The queue of a reader of positions, which keeps the newest view of each vehicle.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use domain::{VehicleId, vehicle::Vehicle};

use crate::live::VehicleView;

/// Queue of the views that a reader has not taken yet, with their vehicles. A newer view of a vehicle takes the place
/// of the older one, so a slow reader gets fewer and newer positions, and no vehicle is starved.
#[derive(Debug, Default)]
pub(super) struct Conflated {
    queue: VecDeque<VehicleId>,
    newest: HashMap<VehicleId, Waiting>,
}

pub(super) type Waiting = (Arc<VehicleView>, Arc<Vehicle>);

impl Conflated {
    pub(super) fn put(&mut self, (view, vehicle): Waiting) {
        let id = view.vehicle_id;
        if self.newest.insert(id, (view, vehicle)).is_none() {
            self.queue.push_back(id);
        }
    }

    /// Drops the waiting view of a vehicle. This is linear in the length of the queue, because removals are rare.
    pub(super) fn remove(&mut self, id: VehicleId) {
        if self.newest.remove(&id).is_some() {
            self.queue.retain(|&waiting| waiting != id);
        }
    }

    /// Drops the waiting views for which `is_wanted` returns `false`.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Waiting) -> bool) {
        self.newest.retain(|_, waiting| is_wanted(waiting));
        self.queue.retain(|id| self.newest.contains_key(id));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let id = self.queue.pop_front()?;
        self.newest.remove(&id)
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        telemetry::ConnectionStatus,
        vehicle::{VehicleStatus, VehicleType},
    };
    use uuid::Uuid;

    use super::*;
    use crate::{
        live::{EncodedPart, MessageNumbers},
        live_queries::a_vehicle,
    };

    fn view(id: u128, status: VehicleStatus) -> Waiting {
        let view = Arc::new(VehicleView {
            vehicle_id: VehicleId::from_uuid(Uuid::from_u128(id)),
            kind: VehicleType::Amr,
            position: None,
            state: None,
            status,
            connection: ConnectionStatus::Connected,
            received_at: None,
            messages: MessageNumbers::default(),
            encoded: EncodedPart::default(),
        });
        (view, Arc::new(a_vehicle(id)))
    }

    fn drain(waiting: &mut Conflated) -> Vec<(u128, VehicleStatus)> {
        std::iter::from_fn(|| waiting.pop())
            .map(|(view, _)| (view.vehicle_id.as_uuid().as_u128(), view.status))
            .collect()
    }

    #[test]
    fn a_newer_view_replaces_the_older_one() {
        let mut waiting = Conflated::default();
        for (id, status) in [
            (1, VehicleStatus::Idle),
            (2, VehicleStatus::Idle),
            (1, VehicleStatus::Moving),
        ] {
            waiting.put(view(id, status));
        }
        assert_eq!(
            drain(&mut waiting),
            [(1, VehicleStatus::Moving), (2, VehicleStatus::Idle)]
        );
        assert_eq!(drain(&mut waiting), []);
    }

    #[test]
    fn a_removed_view_no_longer_waits() {
        let mut waiting = Conflated::default();
        for id in [1, 2, 3] {
            waiting.put(view(id, VehicleStatus::Idle));
        }
        waiting.remove(VehicleId::from_uuid(Uuid::from_u128(2)));
        waiting.put(view(2, VehicleStatus::Moving));
        let idle = VehicleStatus::Idle;
        assert_eq!(
            drain(&mut waiting),
            [(1, idle), (3, idle), (2, VehicleStatus::Moving)]
        );
    }
}
