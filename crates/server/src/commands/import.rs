//! `fleetwatch import`: registers the vehicles of a file.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use application::{
    Actor,
    ports::Mode,
    registry_changes::RegistryChanges,
    vehicles::{FileFaults, ImportFailure, LineFault, Vehicles},
};
use clap::Args;
use domain::OrganizationId;
use import_export::Format;

use super::print;
use crate::{config::Config, failure::Failure, stores::Stores};

/// Arguments of `fleetwatch import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file: CSV or JSON lines
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Format of the file [default: determined by its extension]
    #[arg(long, value_name = "csv|jsonl")]
    format: Option<Format>,
    /// Only check whether the file could be imported
    #[arg(long)]
    dry_run: bool,
    /// The organisation of the vehicles [default: the default organisation]
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
}

/// Registers the vehicles of a file, all or none. Running servers read them from the registry's log.
///
/// # Errors
/// Fails if the configuration is invalid, the file can't be read or has faults, or the database is unavailable.
pub async fn run(file: Option<&Path>, arguments: &ImportArgs) -> Result<(), Failure> {
    let path = &arguments.file;
    let format = arguments.format.or_else(|| format_of(path)).ok_or_else(|| {
        Failure::Usage(format!(
            "{}: cannot determine the format from the file name: specify --format csv or --format jsonl",
            path.display()
        ))
    })?;
    let config = Config::load(file)?;
    let stores = Stores::with_database(&config).await?;
    let text = content(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = format.read(&text);
    // Required by `Vehicles`, but without effect: this process has no subscribers.
    let changes = RegistryChanges::on(&stores.ports, config.live.rules());
    let vehicles = Vehicles::new(&stores.ports, changes);
    let mode = if arguments.dry_run {
        Mode::Rehearse
    } else {
        Mode::Apply
    };
    let actor = Actor::command_line();
    let imported = match vehicles.begin_import(&actor, arguments.organization).await {
        Ok(import) => import.register(&actor, file, mode).await,
        Err(error) => Err(error.into()),
    };
    match imported {
        Ok(count) => Ok(print(&outcome(count, arguments.dry_run))?),
        Err(ImportFailure::Lines(faults)) => Err(anyhow!(description(path, &faults)).into()),
        Err(ImportFailure::Other(error)) => Err(anyhow::Error::from(error).into()),
    }
}

/// Reads a file up to a maximum size, because the path may name an endless device.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    const MAX_MIB: u64 = 256;
    const MAX_BYTES: u64 = MAX_MIB * 1024 * 1024;
    let mut content = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("it is larger than {MAX_MIB} MiB")));
    }
    Ok(content)
}

fn format_of(path: &Path) -> Option<Format> {
    let extension = path.extension()?.to_str()?;
    match extension.to_ascii_lowercase().as_str() {
        "csv" => Some(Format::Csv),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        _ => None,
    }
}

fn outcome(count: usize, is_rehearsal: bool) -> String {
    let noun = if count == 1 { "vehicle" } else { "vehicles" };
    let done = if is_rehearsal {
        "can be imported"
    } else {
        "imported"
    };
    format!("{count} {noun} {done}\n")
}

fn description(path: &Path, faults: &FileFaults) -> String {
    let path = path.display();
    let line =
        |LineFault { line, field, message }: &LineFault| format!("\n  {path}:{line}: {field} {message}");
    let lines: String = faults.listed().iter().map(line).collect();
    let count = faults.count();
    let rest = match count - faults.listed().len() {
        0 => String::new(),
        rest => format!("\n  and {rest} more"),
    };
    let noun = if count == 1 { "fault" } else { "faults" };
    format!("nothing was imported: the file has {count} {noun}{lines}{rest}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(1, false, "1 vehicle imported\n")]
    #[case(2, false, "2 vehicles imported\n")]
    #[case(1, true, "1 vehicle can be imported\n")]
    fn the_outcome_has_the_number_of_vehicles(
        #[case] count: usize,
        #[case] is_rehearsal: bool,
        #[case] expected: &str,
    ) {
        assert_eq!(outcome(count, is_rehearsal), expected);
    }

    #[rstest]
    #[case("fleet.csv", Some(Format::Csv))]
    #[case("FLEET.CSV", Some(Format::Csv))]
    #[case("fleet.NDJSON", Some(Format::JsonLines))]
    #[case("fleet.jsonl", Some(Format::JsonLines))]
    #[case("fleet.txt", None)]
    #[case("csv", None)]
    fn the_format_follows_from_the_extension(#[case] name: &str, #[case] expected: Option<Format>) {
        assert_eq!(format_of(Path::new(name)), expected);
    }
}
