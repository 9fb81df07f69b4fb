//! Sizes of updates on the wire.

use std::time::Duration;

use futures::future::try_join_all;

use crate::{
    clients::bytes_per_update,
    protocols::{Encoding, Mode, Settings},
    target::{ServerOptions, Simulation},
};

/// Number of simulated vehicles.
const VEHICLES: u32 = 100;
/// Positions per second and vehicle; each vehicle also publishes its state every second.
const RATE_HZ: u32 = 10;
/// Time after the first update, in which all vehicles start to move.
const WARM_UP: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(10);

/// Payload bytes per update in an encoding: the medians over the frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UpdateSize {
    pub encoding: Encoding,
    pub full: f64,
    pub delta: f64,
}

/// Subscribes to the simulated fleet in every encoding and mode at the same time, and returns the sizes of updates.
///
/// # Errors
/// Fails if a process does not start or exit, or a subscription is refused.
pub(crate) async fn update_sizes(options: &ServerOptions) -> anyhow::Result<Vec<UpdateSize>> {
    eprintln!("bytes per update of {VEHICLES} simulated vehicles × {RATE_HZ} Hz");
    let simulation = Simulation::start(options, VEHICLES, RATE_HZ).await?;
    let endpoint = &simulation.target.endpoint;
    let measuring = Encoding::ALL.map(|encoding| async move {
        let of = |mode| endpoint.with_settings(Settings::new(encoding, mode));
        let (full, delta) = (of(Mode::Full), of(Mode::Delta));
        let (full, delta) = futures::try_join!(
            bytes_per_update(&full, WARM_UP, MEASURED),
            bytes_per_update(&delta, WARM_UP, MEASURED),
        )?;
        anyhow::Ok(UpdateSize {
            encoding,
            full,
            delta,
        })
    });
    let sizes = try_join_all(measuring).await?;
    simulation.finish().await?;
    Ok(sizes)
}
