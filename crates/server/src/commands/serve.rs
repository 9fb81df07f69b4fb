//! `fleetwatch serve`: the server.

use std::path::Path;

use crate::{
    config::Config,
    failure::Failure,
    serve::{observe, serve},
    stores::Stores,
};

/// Serves until it is asked to stop.
///
/// # Errors
/// A wrong configuration, an address that can't be listened on.
pub async fn run(file: Option<&Path>) -> Result<(), Failure> {
    let config = Config::load(file)?;
    let telemetry = observe(&config)?;
    let stores = Stores::open(&config)?;
    Ok(serve(&config, stores, telemetry).await?)
}
