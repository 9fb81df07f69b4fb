//! `fleetwatch migrate`: the shape of the database, step by step.

use std::path::Path;

use adapters_postgres::{Database, DatabaseOptions};
use anyhow::Context as _;
use application::Error;
use clap::Args;

use super::print;
use crate::{
    config::{Config, Problems},
    failure::Failure,
};

/// What `migrate` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Take the last migrations back instead, WITH THE DATA in them
    #[arg(long, value_name = "STEPS", num_args = 0..=1, default_missing_value = "1")]
    down: Option<usize>,
}

/// Applies what is missing, or takes back what was applied last, and says which. As the role of `DATABASE__OWNER_URL` where
/// there is one, and then that of `DATABASE__URL` is given what a server needs.
///
/// # Errors
/// A wrong configuration, a database that is away, a migration that fails.
pub async fn run(file: Option<&Path>, arguments: &Arguments) -> Result<(), Failure> {
    let settings = Config::load(file)?.database;
    let url = settings.url.ok_or_else(|| {
        Problems::missing(
            "DATABASE__URL",
            "the embedded store has no shape to bring up to date",
        )
    })?;
    let server = url.role().map(str::to_owned);
    let owner = settings
        .owner_url
        .as_ref()
        .and_then(adapters_postgres::DatabaseUrl::role);
    // A role that owns the tables needs no rights.
    let lesser = server.filter(|server| owner.is_some_and(|owner| owner != server));
    let database = Database::connect(DatabaseOptions {
        url: settings.owner_url.unwrap_or(url),
        pool_size: settings.pool_size,
    });
    let (done, versions) = match arguments.down {
        None => ("applied", database.migrate().await),
        Some(steps) => ("taken back", database.revert(steps).await),
    };
    let versions = versions.map_err(|error| match error {
        Error::Invalid(faults) => Failure::Usage(format!("--{faults}")),
        error => Failure::Other(error.into()),
    })?;
    if let (Some(role), None) = (&lesser, arguments.down) {
        let opened = database.open_to(role).await.map_err(anyhow::Error::from);
        opened.with_context(|| format!("the server's role {role} can't be given its rights"))?;
    }
    if versions.is_empty() {
        return Ok(print("the database is up to date\n")?);
    }
    let lines: String = versions
        .iter()
        .map(|version| format!("{done} {version}\n"))
        .collect();
    Ok(print(&lines)?)
}
