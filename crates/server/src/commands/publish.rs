//! Entry points of `replay` and `simulate`, both of which publish to Redis as robots do.

use std::{path::Path, sync::Arc};

use domain::telemetry::PlausibilityRules;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{replay, simulate};
use crate::{
    config::{Config, Problems},
    failure::{Failure, with_causes},
    printable,
    serve::until_asked_to_stop,
    stores::Stores,
};

/// Runs `fleetwatch replay`.
///
/// # Errors
/// Fails if the configuration is invalid, the recording can't be played, or Redis is unavailable.
pub async fn replay(file: Option<&Path>, arguments: replay::ReplayArgs) -> Result<(), Failure> {
    let (stores, plausibility) = open(file, false)?;
    let (stop, _waiting) = stop_when_asked();
    replay::run(
        arguments,
        plausibility,
        Arc::clone(&stores.ports.bus),
        Arc::clone(&stores.ports.clock),
        stop,
    )
    .await?;
    Ok(())
}

/// Runs `fleetwatch simulate`.
///
/// # Errors
/// Fails if the configuration is invalid, or the database or Redis is unavailable.
pub async fn simulate(file: Option<&Path>, arguments: simulate::SimulateArgs) -> Result<(), Failure> {
    let (stores, _) = open(file, true)?;
    let (stop, _waiting) = stop_when_asked();
    let (vehicles, bus) = (Arc::clone(&stores.ports.vehicles), Arc::clone(&stores.ports.bus));
    simulate::run(arguments, vehicles, bus, Arc::clone(&stores.ports.clock), stop).await?;
    Ok(())
}

/// Opens the stores, and returns them with the servers' plausibility rules.
fn open(file: Option<&Path>, needs_database: bool) -> Result<(Stores, PlausibilityRules), Failure> {
    let config = Config::load(file)?;
    if config.redis.url.is_none() {
        let why = "without Redis, the messages have no subscriber";
        return Err(Problems::missing("REDIS__URL", why).into());
    }
    if needs_database && config.database.url.is_none() {
        let why = "the vehicles must be in the registry of the server";
        return Err(Problems::missing("DATABASE__URL", why).into());
    }
    Ok((Stores::open(&config)?, config.live.plausibility))
}

/// Returns a token that SIGTERM or SIGINT cancels, and the task that waits for them.
fn stop_when_asked() -> (CancellationToken, AbortOnDropHandle<()>) {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    let waiting = tokio::spawn(async move {
        if let Err(error) = until_asked_to_stop(&asked).await {
            eprintln!("warning: {}", printable::lines(&with_causes(&error)));
        }
        asked.cancel();
    });
    (stop, AbortOnDropHandle::new(waiting))
}
