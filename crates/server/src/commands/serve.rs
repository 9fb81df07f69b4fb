//! `fleetwatch serve`: the server.

use std::path::Path;

use crate::{
    config::Config,
    failure::Failure,
    serve::{StopRequest, observe, serve},
    stores::Stores,
};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// Fails if the configuration is invalid or the server can't listen on its address.
pub async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let config = Config::load(file)?;
    let telemetry = observe(&config)?;
    let stores = Stores::open(&config)?;
    Ok(serve(&config, stores, telemetry, &stop).await?)
}
