//! Deliveries for measurements.

use std::sync::Arc;

use application::{
    Moment,
    live::{Batch, Delivery, DeliveryNumber, EncodedPart, MessageNumbers, VehicleView},
};
use domain::{
    VehicleId,
    telemetry::{ConnectionStatus, Rotation, Timestamp, VehiclePosition},
    vehicle::{VehicleStatus, VehicleType},
};
use uuid::Uuid;

pub(crate) const AT: Moment = Moment {
    unix_us: 1_732_333_333_200_000,
    uptime_us: 1_000_000,
};

pub(crate) const NUMBER: DeliveryNumber = DeliveryNumber {
    tick: 7,
    prev: Some(6),
};

pub(crate) fn view(n: u32) -> Arc<VehicleView> {
    Arc::new(VehicleView {
        vehicle_id: VehicleId::from_uuid(Uuid::from_u128(u128::from(n))),
        kind: VehicleType::Agv,
        position: Some(VehiclePosition {
            x: f64::from(n) + 0.345,
            y: -6.789,
            z: 0.0,
            rotation: Rotation::IDENTITY,
            timestamp: Timestamp::from_unix_ms(1_732_333_333_123).expect("a time"),
            frame_id: None,
            map_id: None,
        }),
        state: None,
        status: VehicleStatus::Moving,
        connection: ConnectionStatus::Connected,
        received_at: Some(AT),
        messages: MessageNumbers::default(),
        encoded: EncodedPart::default(),
    })
}

/// Returns a delivery that is not encoded yet.
pub(crate) fn delivery_of(views: Vec<Arc<VehicleView>>) -> Delivery {
    Delivery {
        batch: Arc::new(Batch::new(AT, Vec::new(), views, Vec::new())),
        number: NUMBER,
    }
}
