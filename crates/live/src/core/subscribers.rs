//! Subscribers: their scope, topics and pace.

use std::{sync::Arc, time::Duration};

use domain::{AccessScope, GroupId, VehicleId};

use super::Core;
use crate::{
    filter::Filter, indices::SubscriberId, interest::Topic, mailbox::Mailbox, moment::Moment,
    pace::DeliveryMode, roster::RosterPage,
};

/// Maximum number of topics of one subscriber. The cost of changing them is proportional to their number.
pub const MAX_TOPICS: usize = 1_000;

/// Reason for rejecting a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// The topic names a vehicle that does not exist or is outside the subscriber's scope.
    #[error("vehicle not found")]
    UnknownVehicle,
    /// The subscriber already has [`MAX_TOPICS`] topics.
    #[error("at most {MAX_TOPICS} subscriptions are allowed")]
    TooManyTopics,
}

impl Core {
    /// Adds a subscriber without a topic, and returns its id and its mailbox. If the feed is down, the first message
    /// reports that.
    pub fn connect(&mut self, scope: Arc<AccessScope>, interval: Duration) -> (SubscriberId, Arc<Mailbox>) {
        let mailbox = Arc::new(Mailbox::default());
        let id = self.hub.join(Arc::clone(&mailbox), scope, interval);
        self.hub.report_feed(self.feed(), id, 1);
        (id, mailbox)
    }

    /// Removes a subscriber and closes its mailbox.
    pub fn disconnect(&mut self, id: SubscriberId) {
        self.canaries.remove(&id);
        self.hub.part(id, &mut self.table);
    }

    /// Adds a topic to a subscriber, and queues the current state of the topic's vehicles. The first few hundred
    /// vehicles are visited before this returns, the rest by [`Core::advance`]. Repeating a topic of many vehicles has
    /// no effect.
    ///
    /// # Errors
    /// Fails if the topic names a vehicle that the subscriber cannot see, or the subscriber has too many topics.
    pub fn subscribe(&mut self, id: SubscriberId, topic: &Topic, now: Moment) -> Result<(), SubscribeError> {
        self.subscribe_filtered(id, topic, Filter::default(), now)
    }

    /// Like [`Core::subscribe`], but for the vehicles of a topic that pass a filter. If the subscriber already has the
    /// topic, the filter replaces the earlier one, and only the difference is queued. The filter of a single vehicle is
    /// ignored.
    ///
    /// # Errors
    /// Fails if the topic names a vehicle that the subscriber cannot see, or the subscriber has too many topics.
    pub fn subscribe_filtered(
        &mut self,
        id: SubscriberId,
        topic: &Topic,
        filter: Filter,
        now: Moment,
    ) -> Result<(), SubscribeError> {
        if let Topic::Vehicle(vehicle) = topic
            && !self.knows(id, *vehicle)
        {
            return Err(SubscribeError::UnknownVehicle);
        }
        if self.hub.exceeds(id, topic, MAX_TOPICS) {
            return Err(SubscribeError::TooManyTopics);
        }
        self.hub.subscribe(id, topic, filter.into(), &mut self.table, now);
        Ok(())
    }

    /// Returns `true` if a group has vehicles and is within a scope. A group without vehicles is unknown here.
    #[must_use]
    pub fn has_group(&self, scope: &AccessScope, id: GroupId) -> bool {
        self.table.has_group(scope, id)
    }

    /// Removes a topic from a subscriber. Vehicles that no other topic covers leave its view.
    pub fn unsubscribe(&mut self, id: SubscriberId, topic: &Topic, now: Moment) {
        self.hub.unsubscribe(id, topic, &mut self.table, now);
    }

    /// Changes the delivery interval of a subscriber.
    pub fn change_interval(&mut self, id: SubscriberId, interval: Duration, now: Moment) {
        self.hub.change_interval(id, interval, &mut self.table, now);
    }

    /// Changes the form in which a subscriber receives changed views.
    pub fn change_mode(&mut self, id: SubscriberId, mode: DeliveryMode, now: Moment) {
        self.hub.change_mode(id, mode, &mut self.table, now);
    }

    /// Changes the scope of a subscriber. Vehicles that the new scope does not cover are removed from its view;
    /// vehicles that it newly covers are added.
    pub fn change_scope(&mut self, id: SubscriberId, scope: Arc<AccessScope>, now: Moment) {
        self.hub.change_scope(id, scope, &mut self.table, now);
    }

    /// Brings a subscriber's view of the next few hundred vehicles in line with its topics and scope. The consumer of
    /// the mailbox calls this whenever [`Mailbox::poll_turn`] returns [`crate::Turn::Walk`].
    pub fn advance(&mut self, id: SubscriberId, now: Moment) {
        self.hub.advance(id, &mut self.table, now);
    }

    /// Returns `true` if a vehicle exists and is within a subscriber's scope.
    #[must_use]
    pub fn knows(&self, id: SubscriberId, vehicle: VehicleId) -> bool {
        self.is_visible(self.hub.scope_of(id), vehicle)
    }

    /// Starts to deliver the vehicles of the registry to a subscriber: a snapshot, then the changes. If the subscriber
    /// already follows the registry, it receives another snapshot.
    pub fn follow_registry(&mut self, id: SubscriberId) {
        self.hub.follow_registry(id);
    }

    /// Stops the delivery of registry changes to a subscriber.
    pub fn unfollow_registry(&mut self, id: SubscriberId) {
        self.hub.unfollow_registry(id);
    }

    /// Takes the next page of registry changes for a subscriber; `None` if the page would be empty.
    pub fn take_roster(&mut self, id: SubscriberId, now: Moment) -> Option<RosterPage> {
        self.hub.take_roster(id, &mut self.table, now)
    }
}
