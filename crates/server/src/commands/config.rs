//! `fleetwatch config`: the effective configuration, with the source of each value.

use std::{fmt::Write as _, path::Path};

use super::print;
use crate::{config::Effective, failure::Failure};

/// Prints every setting with its source, secrets masked, and then the warnings.
///
/// # Errors
/// Returns all problems of the configuration.
pub fn run(file: Option<&Path>) -> Result<(), Failure> {
    let Effective { settings, config } = Effective::load(file, std::env::vars_os())?;
    let mut lines = String::new();
    for setting in settings {
        writeln!(lines, "{setting}").map_err(anyhow::Error::from)?;
    }
    for warning in config.warnings {
        writeln!(lines, "# warning: {warning}").map_err(anyhow::Error::from)?;
    }
    Ok(print(&lines)?)
}
