//! Entry points of `replay` and `simulate`, both of which publish to Redis as robots do.

use std::{path::Path, sync::Arc};

use domain::telemetry::PlausibilityRules;

use super::{replay, simulate};
use crate::{
    config::{Config, Problems},
    failure::Failure,
    serve::StopRequest,
    stores::Stores,
};

/// Runs `fleetwatch replay` until its end, SIGTERM or SIGINT.
///
/// # Errors
/// Fails if the configuration is invalid, the recording can't be played, or Redis is unavailable.
pub async fn replay(file: Option<&Path>, arguments: replay::ReplayArgs) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let (stores, plausibility) = open(file, false)?;
    replay::run(
        arguments,
        plausibility,
        Arc::clone(&stores.ports.bus),
        Arc::clone(&stores.ports.clock),
        stop.token().clone(),
    )
    .await?;
    Ok(())
}

/// Runs `fleetwatch simulate` until SIGTERM or SIGINT.
///
/// # Errors
/// Fails if the configuration is invalid, or the database or Redis is unavailable.
pub async fn simulate(file: Option<&Path>, arguments: simulate::SimulateArgs) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let (stores, _) = open(file, true)?;
    simulate::run(
        arguments,
        Arc::clone(&stores.ports.vehicles),
        Arc::clone(&stores.ports.bus),
        Arc::clone(&stores.ports.clock),
        stop.token().clone(),
    )
    .await?;
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
