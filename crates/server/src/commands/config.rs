//! `fleetwatch config`: the effective configuration, for who wonders which value counts and why.

use std::{fmt::Write as _, path::Path};

use super::print;
use crate::{config::Effective, failure::Failure};

/// Prints every setting with its source, secrets masked.
///
/// # Errors
/// Everything that is wrong with the configuration.
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
