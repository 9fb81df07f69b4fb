//! Robots that publish continuously.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::task::JoinHandle;

use super::support::{Robot, now_ms};

/// Position, name and error code that only canaries have. They must never reach a client without access to these.
pub(super) const CANARY: (f64, &str, &str) = (7_654.25, "Canary", "CANARY-SINGS");

/// Publisher that sends positions and states of many vehicles until it is stopped.
pub(super) struct Chorus {
    /// Id and x coordinate of each vehicle.
    places: Arc<Mutex<Vec<(String, f64)>>>,
    is_over: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Chorus {
    pub(super) fn of(mut robot: Robot) -> Self {
        let (places, is_over) = (
            Arc::<Mutex<Vec<(String, f64)>>>::default(),
            Arc::new(AtomicBool::new(false)),
        );
        let (known, over) = (Arc::clone(&places), Arc::clone(&is_over));
        let task = tokio::spawn(async move {
            let mut turn = 0_usize;
            while !over.load(Ordering::Relaxed) {
                let places = known.lock().expect("the lock is not poisoned").clone();
                for (vehicle, x) in places {
                    robot.is_at(&vehicle, x).await;
                    let is_canary = x == CANARY.0;
                    let (errors, status) = match (is_canary, turn.is_multiple_of(2)) {
                        (true, true) => (vec![CANARY.2], "ERROR"),
                        _ => (vec![], "MOVING"),
                    };
                    let state = json!({
                        "vehicleId": vehicle, "currentSpeed": 0.5, "batteryLevel": 80.0, "errorCodes": errors,
                        "status": status, "lastUpdateTime": now_ms(),
                    });
                    robot.publish("vehicle:state:update", state.to_string()).await;
                }
                turn += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        Self {
            places,
            is_over,
            task,
        }
    }

    /// Places a vehicle at `x`, starting with the next round.
    pub(super) fn put(&self, vehicle: &str, x: f64) {
        let mut places = self.places.lock().expect("the lock is not poisoned");
        places.retain(|(known, _)| known != vehicle);
        places.push((vehicle.to_owned(), x));
    }

    pub(super) async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.task.await.expect("the publishing task did not panic");
    }
}
