//! `fleetwatch export`: writes the registry's vehicles to a file.

use std::{
    fs::File,
    io::{self, BufWriter, ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use application::{Actor, ports::VehicleFilter, registry_changes::RegistryChanges, vehicles::Vehicles};
use clap::Args;
use domain::{
    GroupId,
    vehicle::{SearchText, VehicleStatus, VehicleType},
};
use futures::TryStreamExt as _;
use import_export::Format;

use crate::{config::Config, failure::Failure, stores::Stores};

/// Arguments of `fleetwatch export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Format of the file [default: jsonl, or csv with --excel]
    #[arg(long, value_name = "csv|jsonl")]
    format: Option<Format>,
    /// Write CSV for spreadsheets, in which no text is evaluated as a formula
    #[arg(long)]
    excel: bool,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only vehicles of this type
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<VehicleType>,
    /// Only vehicles in this status
    #[arg(long)]
    status: Option<VehicleStatus>,
    /// Only enabled vehicles, or only disabled ones
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    /// Only vehicles in this group
    #[arg(long, value_name = "ID")]
    group: Option<GroupId>,
    /// Only vehicles with this text in their name, manufacturer or model
    #[arg(long, value_name = "TEXT", value_parser = SearchText::new)]
    search: Option<SearchText>,
}

/// Writes the vehicles in the order of their registration.
///
/// # Errors
/// Fails if the configuration is invalid, the database is unavailable, or the file can't be written.
pub async fn run(file: Option<&Path>, arguments: ExportArgs) -> Result<(), Failure> {
    let format = match (arguments.format, arguments.excel) {
        (Some(Format::JsonLines), true) => {
            return Err(Failure::Usage(
                "--excel requires --format csv, not jsonl".to_owned(),
            ));
        }
        (_, true) => Format::ExcelCsv,
        (format, false) => format.unwrap_or(Format::JsonLines),
    };
    let config = Config::load(file)?;
    let stores = Stores::with_database(&config).await?;
    let filter = VehicleFilter {
        kind: arguments.kind,
        status: arguments.status,
        enabled: arguments.enabled,
        group: arguments.group,
        search: arguments.search,
    };
    let changes = RegistryChanges::on(&stores.ports, config.live.rules());
    let vehicles = Vehicles::new(&stores.ports, changes);
    let mut portions = vehicles.export(&Actor::command_line(), filter);
    // Read the first vehicles before opening the output, so a failing database leaves an existing file intact.
    let first = portions.try_next().await.context("cannot read the registry")?;
    let mut output = output(arguments.output.as_deref())?;
    output.write(&format.header())?;
    output.write(&format.portion(&first.unwrap_or_default()))?;
    while let Some(vehicles) = portions.try_next().await.context("cannot read the registry")? {
        output.write(&format.portion(&vehicles))?;
    }
    Ok(output.finish()?)
}

/// Destination of the export.
struct Output {
    to: BufWriter<Box<dyn Write + Send>>,
    name: String,
    /// Whether the reader of the output has closed the pipe. This is not an error; later write errors are ignored.
    is_closed: bool,
}

fn output(path: Option<&Path>) -> anyhow::Result<Output> {
    let (to, name): (Box<dyn Write + Send>, _) = match path {
        Some(path) => {
            let name = path.display().to_string();
            let file = File::create(path).with_context(|| format!("cannot write {name}"))?;
            (Box::new(file), name)
        }
        None => (Box::new(io::stdout()), "standard output".to_owned()),
    };
    Ok(Output {
        to: BufWriter::new(to),
        name,
        is_closed: false,
    })
}

impl Output {
    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let written = self.to.write_all(bytes);
        self.unless_closed(written)
    }

    fn finish(mut self) -> anyhow::Result<()> {
        let written = self.to.flush();
        self.unless_closed(written)
    }

    fn unless_closed(&mut self, written: io::Result<()>) -> anyhow::Result<()> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe || self.is_closed => {
                self.is_closed = true;
                Ok(())
            }
            written => written.with_context(|| format!("cannot write {}", self.name)),
        }
    }
}
