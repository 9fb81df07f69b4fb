//! Canaries: changes to a pseudo vehicle, with which a server checks that changes reach subscribers.

use std::{sync::Arc, time::Duration};

use domain::{AccessScope, VehicleId, telemetry::ErrorCode};

use super::Core;
use crate::{
    event::LiveEvent, filter::SharedFilter, indices::SubscriberId, interest::Topic, mailbox::Mailbox,
    moment::Moment,
};

/// Time from the arrival of a canary until its delivery is due. A change that is due at once is delivered by the call
/// that makes it; a later one also needs the ticker, as most positions do.
const DELAY: Duration = Duration::from_millis(1);

impl Core {
    /// Adds a subscriber that only receives the canaries of a pseudo vehicle. No registry may contain the vehicle's id.
    /// [`Core::disconnect`] removes the subscriber.
    ///
    /// The pseudo vehicle is not in the table: no list or count contains it, it has no live keys, and no other
    /// subscriber can name it, because subscriptions to unknown vehicles are rejected. Its events pass through a room,
    /// the queue of due rooms, a batch and a mailbox, like those of any vehicle. The subscriber sees no other vehicle,
    /// and neither it nor its room is counted.
    pub fn connect_canary(&mut self, vehicle: VehicleId, now: Moment) -> (SubscriberId, Arc<Mailbox>) {
        let (id, mailbox) = self.connect(Arc::new(AccessScope::nothing()), Duration::ZERO);
        self.canaries.insert(id);
        let topic = Topic::Vehicle(vehicle);
        self.hub
            .subscribe(id, &topic, SharedFilter::NONE, &mut self.table, now);
        (id, mailbox)
    }

    /// Queues a canary, an error of the pseudo vehicle with this code, for the subscribers that
    /// [`Core::connect_canary`] has added.
    pub fn pass_canary(&mut self, vehicle: VehicleId, code: ErrorCode, now: Moment) {
        let event = LiveEvent::VehicleError {
            vehicle_id: vehicle,
            code,
        };
        self.hub.notify_naming(event, now.after(DELAY).uptime_us);
    }
}
