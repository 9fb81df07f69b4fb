//! `fleetwatch config`: the effective configuration, with the source of each value, and descriptions of all settings.

use std::{fmt::Write as _, path::Path};

use clap::Args;

use super::print;
use crate::{
    config::{self, Effective},
    failure::Failure,
};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the JSON Schema of configuration files instead, for editors and validators
    #[arg(long, conflicts_with = "reference")]
    schema: bool,
    /// Print the reference of all settings instead, as Markdown
    #[arg(long)]
    reference: bool,
}

/// Prints every setting with its source, with secrets masked, and then the warnings; or, if the arguments request it,
/// the JSON Schema or the reference instead.
///
/// # Errors
/// Returns all problems of the configuration.
pub fn run(file: Option<&Path>, arguments: &Arguments) -> Result<(), Failure> {
    let text = if arguments.schema {
        config::json_schema()
    } else if arguments.reference {
        config::reference()
    } else {
        effective(file)?
    };
    Ok(print(&text)?)
}

fn effective(file: Option<&Path>) -> Result<String, Failure> {
    let Effective { settings, config } = Effective::load(file, std::env::vars_os())?;
    let mut lines = String::new();
    for setting in settings {
        writeln!(lines, "{setting}").map_err(anyhow::Error::from)?;
    }
    for warning in config.warnings {
        writeln!(lines, "# warning: {warning}").map_err(anyhow::Error::from)?;
    }
    Ok(lines)
}
