//! Subscribers: their scope, topics and pace.

use std::{sync::Arc, time::Duration};

use domain::{AccessScope, VehicleId};

use super::Core;
use crate::{indices::SubscriberId, interest::Topic, mailbox::Mailbox, moment::Moment, roster::RosterPage};

/// A subscription names a vehicle that is not there, or not for this subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("vehicle not found")]
pub struct UnknownVehicle;

impl Core {
    /// Adds a subscriber without a topic, and gives its id and its mailbox. If robots are not heard, the mailbox begins
    /// with that.
    pub fn connect(&mut self, scope: Arc<AccessScope>, interval: Duration) -> (SubscriberId, Arc<Mailbox>) {
        let mailbox = Arc::new(Mailbox::default());
        if !self.feed.is_up {
            mailbox.put_feed(self.feed());
        }
        let id = self.hub.join(Arc::clone(&mailbox), scope, interval);
        (id, mailbox)
    }

    /// Removes a subscriber and closes its mailbox.
    pub fn disconnect(&mut self, id: SubscriberId) {
        self.hub.part(id, &mut self.table);
    }

    /// Adds a topic to those of a subscriber. The newest of its vehicles follows: some hundreds are in the mailbox when this
    /// returns, and [`Core::advance`] adds the others.
    ///
    /// # Errors
    /// [`UnknownVehicle`] for a topic of one vehicle that is not there, or not in the subscriber's scope.
    pub fn subscribe(&mut self, id: SubscriberId, topic: &Topic, now: Moment) -> Result<(), UnknownVehicle> {
        if let Topic::Vehicle(vehicle) = topic
            && !self.knows(id, *vehicle)
        {
            return Err(UnknownVehicle);
        }
        self.hub.subscribe(id, topic, &mut self.table, now);
        Ok(())
    }

    /// Takes a topic away from those of a subscriber.
    pub fn unsubscribe(&mut self, id: SubscriberId, topic: &Topic, now: Moment) {
        self.hub.unsubscribe(id, topic, &mut self.table, now);
    }

    /// Serves a subscriber at another pace from now on.
    pub fn change_interval(&mut self, id: SubscriberId, interval: Duration, now: Moment) {
        self.hub.change_interval(id, interval, &mut self.table, now);
    }

    /// Lets a subscriber see another scope from now on.
    pub fn change_scope(&mut self, id: SubscriberId, scope: Arc<AccessScope>, now: Moment) {
        self.hub.change_scope(id, scope, &mut self.table, now);
    }

    /// Brings the picture of a subscriber in step with its topics and its scope, some hundred vehicles further. For the taker of
    /// its mailbox, whenever [`Mailbox::poll_walk_turn`] says so.
    pub fn advance(&mut self, id: SubscriberId, now: Moment) {
        self.hub.advance(id, &mut self.table, now);
    }

    /// The scope of a subscriber.
    #[must_use]
    pub fn scope_of(&self, id: SubscriberId) -> &AccessScope {
        self.hub.scope_of(id)
    }

    /// Whether a vehicle exists for a subscriber.
    #[must_use]
    pub fn knows(&self, id: SubscriberId, vehicle: VehicleId) -> bool {
        self.is_visible(self.hub.scope_of(id), vehicle)
    }

    /// Tells a subscriber which vehicles there are, and from then on each change. Asked for again, it is told all of it
    /// again.
    pub fn follow_registry(&mut self, id: SubscriberId) {
        self.hub.follow_registry(id);
    }

    /// Tells a subscriber no more of the registry.
    pub fn unfollow_registry(&mut self, id: SubscriberId) {
        self.hub.unfollow_registry(id);
    }

    /// Takes the next changes of the registry for a subscriber, if there are any.
    pub fn take_roster(&mut self, id: SubscriberId, now: Moment) -> Option<RosterPage> {
        self.hub.take_roster(id, &mut self.table, now)
    }
}
