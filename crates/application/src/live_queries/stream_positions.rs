use std::{sync::Arc, time::Duration};

use domain::{
    VehicleId,
    telemetry::{VehiclePosition, VehicleRuntimeState},
};
use futures::{
    FutureExt as _, StreamExt as _,
    stream::{self, BoxStream},
};

use super::{conflated::Conflated, presence::Presence};
use crate::{
    Actor,
    error::Result,
    identity::RightsWatch,
    live::{Delivery, Live, LiveEvent, Parcel, Subscriber, Topic},
    ports::VehicleRepository,
};

/// Where a vehicle is now, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionUpdate {
    /// The vehicle.
    pub vehicle_id: VehicleId,
    /// Where it is.
    pub position: VehiclePosition,
    /// How it is, as far as that is known.
    pub state: Option<VehicleRuntimeState>,
}

/// Tells where vehicles are, from now on: first what is known, then each change.
pub struct StreamVehiclePositions {
    presence: Presence,
    interval: Duration,
}

impl StreamVehiclePositions {
    /// With what it needs; each vehicle's position is told at most once per interval.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>, interval: Duration) -> Self {
        Self {
            presence: Presence { live, repository },
            interval,
        }
    }

    /// The positions of one vehicle, or of all that exist for the caller. The stream outlives disabling and
    /// enabling, and has always those vehicles that the caller may see by then; who reads it slowly gets fewer, newer
    /// positions. It ends when the server does, or the caller's session.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] for a vehicle that is not there; [`crate::Error::Unavailable`] when only
    /// the registry could tell whether it is, and is away.
    pub async fn execute(
        &self,
        actor: &Actor,
        id: Option<VehicleId>,
    ) -> Result<BoxStream<'static, PositionUpdate>> {
        let topic = match id {
            Some(id) => {
                self.presence.check(actor, id).await?;
                Topic::Vehicle(id)
            }
            None => Topic::All,
        };
        let subscriber = self.presence.live.connect(actor.scope.clone(), self.interval);
        subscriber.subscribe(&topic)?;
        let reader = Reader {
            subscriber,
            rights: actor.changes.clone(),
            waiting: Conflated::default(),
            handed_on: None,
        };
        Ok(stream::unfold(reader, |mut reader| async move {
            Some((reader.next().await?, reader))
        })
        .boxed())
    }
}

struct Reader {
    subscriber: Subscriber,
    rights: RightsWatch,
    waiting: Conflated,
    /// The newest delivery, until all of it has been handed on.
    handed_on: Option<Delivery>,
}

impl Reader {
    async fn next(&mut self) -> Option<PositionUpdate> {
        loop {
            // Rights come first, also for who always finds something to read: what waits may not be told any more.
            while let Some(identity) = self.rights.changed().now_or_never() {
                self.subscriber.change_scope(identity?.scope.clone());
            }
            // What came in since the reader's last turn may replace what still waits for it.
            while self.subscriber.has_mail() {
                let parcel = self.subscriber.take().await?;
                self.accept(parcel);
            }
            if let Some(view) = self.waiting.pop() {
                let Some(position) = view.position.clone() else {
                    continue;
                };
                return Some(PositionUpdate {
                    vehicle_id: view.vehicle_id,
                    position,
                    state: view.state.clone(),
                });
            }
            if let Some(delivery) = self.handed_on.take() {
                self.subscriber.written(&delivery);
            }
            // Both are cancel-safe.
            let parcel = tokio::select! {
                biased;
                identity = self.rights.changed() => {
                    self.subscriber.change_scope(identity?.scope.clone());
                    continue;
                }
                parcel = self.subscriber.take() => parcel?,
            };
            self.accept(parcel);
        }
    }

    fn accept(&mut self, parcel: Parcel) {
        let Parcel::Batch(delivery) = parcel else { return };
        for event in &delivery.batch.events {
            if let LiveEvent::VehicleRemoved { vehicle_id } = **event {
                self.waiting.remove(vehicle_id);
            }
        }
        for view in &delivery.batch.views {
            self.waiting.put(Arc::clone(view));
        }
        self.handed_on = Some(delivery);
    }
}
