//! A subscriber of the live core, which takes messages from its mailbox and unsubscribes when it is dropped.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use ::live::{
    Delivery, DeliveryMode, Filter, Mailbox, Oldest, OutgoingMessage, Outlet, SubscriberId, Topic,
    TracedMessage, Turn,
};
use domain::{AccessScope, VehicleId};

use super::service::Live;
use crate::error::Result;

/// A handle to a subscriber. Dropping it ends its subscriptions.
#[derive(Debug)]
pub struct Subscriber {
    live: Arc<Live>,
    id: SubscriberId,
    mailbox: Arc<Mailbox>,
}

impl Live {
    /// Connects a subscriber to the vehicles of a scope. Apart from snapshots, it receives at most one position of each
    /// vehicle per interval.
    #[must_use]
    pub fn connect(self: &Arc<Self>, scope: impl Into<Arc<AccessScope>>, interval: Duration) -> Subscriber {
        let (id, mailbox) = self.change_subscribers(|core| core.connect(scope.into(), interval));
        Subscriber {
            live: Arc::clone(self),
            id,
            mailbox,
        }
    }

    /// Connects a subscriber that receives canaries. It is not counted, and sees no other vehicle.
    pub(super) fn connect_canary(self: &Arc<Self>) -> Subscriber {
        let now = self.now();
        let (id, mailbox) = self.change_subscribers(|core| core.connect_canary(self.canary_vehicle, now));
        Subscriber {
            live: Arc::clone(self),
            id,
            mailbox,
        }
    }
}

impl Subscriber {
    /// Subscribes to a topic. The current state of its vehicles is delivered first, including that of vehicles already
    /// covered by another topic. Repeating a subscription to a topic of many vehicles only removes its filter.
    ///
    /// # Errors
    /// Returns [`crate::Error::NotFound`] for a vehicle that does not exist or is outside the subscriber's scope;
    /// [`crate::Error::LimitReached`] for too many topics.
    pub fn subscribe(&self, topic: &Topic) -> Result<()> {
        self.subscribe_filtered(topic, Filter::default())
    }

    /// Subscribes to the vehicles of a topic that pass a filter. If there is a subscription to the topic already, the
    /// filter replaces the earlier one, and only the difference is delivered. The filter of a single vehicle is
    /// ignored.
    ///
    /// # Errors
    /// Returns the errors of [`Subscriber::subscribe`].
    pub fn subscribe_filtered(&self, topic: &Topic, filter: Filter) -> Result<()> {
        Ok(self
            .live
            .change(|core, now| core.subscribe_filtered(self.id, topic, filter, now))?)
    }

    /// Ends the subscription to a topic. Vehicles that no other topic covers leave the subscriber's view. Without a
    /// topic, no views are delivered.
    pub fn unsubscribe(&self, topic: &Topic) {
        self.live
            .change(|core, now| core.unsubscribe(self.id, topic, now));
    }

    /// Subscribes to the vehicles of the registry: first all that the subscriber may see, then their changes. Repeating
    /// the call sends all vehicles again.
    pub fn follow_registry(&self) {
        self.live.read(|core, _| core.follow_registry(self.id));
    }

    pub fn unfollow_registry(&self) {
        self.live.read(|core, _| core.unfollow_registry(self.id));
    }

    #[must_use]
    pub fn knows(&self, id: VehicleId) -> bool {
        self.live.read(|core, _| core.knows(self.id, id))
    }

    /// Sets the minimum interval between two positions of the same vehicle.
    pub fn set_interval(&self, interval: Duration) {
        self.live
            .change(|core, now| core.change_interval(self.id, interval, now));
    }

    /// Sets the form in which changed views are delivered.
    pub fn set_mode(&self, mode: DeliveryMode) {
        self.live.change(|core, now| core.change_mode(self.id, mode, now));
    }

    /// Takes the next message; `None` once the mailbox is closed and empty. Cancel-safe.
    pub async fn take(&self) -> Option<OutgoingMessage> {
        poll_fn(|cx| self.poll_take(cx)).await
    }

    /// Takes the next message, or registers the task to be woken when there is one. Supports a single consumer.
    pub fn poll_take(&self, cx: &mut Context<'_>) -> Poll<Option<OutgoingMessage>> {
        loop {
            match ready!(self.mailbox.poll_turn(cx)) {
                // As long as the waiting messages have not been checked against a new scope, the steps of the walk
                // precede them.
                Turn::Walk => self.live.read(|core, now| core.advance(self.id, now)),
                // A page may be empty although more pages are due: vehicles outside the scope do not fill any.
                Turn::Roster => {
                    if let Some(page) = self.live.read(|core, now| core.take_roster(self.id, now)) {
                        return Poll::Ready(Some(OutgoingMessage::Roster(page)));
                    }
                }
                Turn::Message(message) => return Poll::Ready(Some(message)),
                Turn::End => return Poll::Ready(None),
            }
        }
    }

    #[must_use]
    pub fn has_mail(&self) -> bool {
        self.mailbox.has_mail()
    }

    /// Records that a whole delivery was written to the client, for the latency and age histograms and for the traces
    /// of the messages in it.
    pub fn written(&self, delivery: &Delivery, outlet: Outlet) {
        let batch = &delivery.batch;
        let (oldest, vehicles) = (batch.oldest(), batch.views.len());
        self.live.written(batch, oldest, vehicles, &batch.traces, outlet);
    }

    /// Like [`Subscriber::written`], for a delivery of which only some views were written. `oldest` has the times of
    /// the oldest new data in these views, `vehicles` is the number of views, and `delivered` has the traced messages
    /// whose data they contain.
    pub(crate) fn partly_written(
        &self,
        delivery: &Delivery,
        oldest: Oldest,
        vehicles: usize,
        delivered: &[TracedMessage],
        outlet: Outlet,
    ) {
        self.live
            .written(&delivery.batch, oldest, vehicles, delivered, outlet);
    }

    /// Changes the scope of the subscriber. Vehicles that the new scope does not cover are removed from its view;
    /// vehicles that it newly covers are added.
    pub fn change_scope(&self, scope: impl Into<Arc<AccessScope>>) {
        self.live
            .change(|core, now| core.change_scope(self.id, scope.into(), now));
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.live.change_subscribers(|core| core.disconnect(self.id));
    }
}
