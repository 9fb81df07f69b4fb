//! Arguments of `fleetwatch dlq`.

use application::{dead_letters::DeadLetterFilter, ports::DeadLetterId, telemetry::Reason};
use clap::{Args, Subcommand};
use domain::VehicleId;

use crate::{cli::examples, commands::number::whole};

/// Subcommands of `fleetwatch dlq`.
#[derive(Debug, Subcommand)]
pub enum DlqCommand {
    /// List dead letters, the newest first
    #[command(after_help = examples::DLQ_LIST)]
    List(ListArgs),
    /// Show a dead letter with its message
    #[command(after_help = examples::DLQ_SHOW)]
    Show(ShowArgs),
    /// Publish again the messages that would be accepted now, and drop their letters
    #[command(after_help = examples::DLQ_REPLAY)]
    Replay(ChoiceArgs),
    /// Drop dead letters
    #[command(after_help = examples::DLQ_DROP)]
    Drop(ChoiceArgs),
}

/// Filter for dead letters.
#[derive(Debug, Clone, Copy, Args)]
pub struct FilterArgs {
    /// Only letters whose messages were rejected for this reason, such as jump
    #[arg(long, value_name = "REASON")]
    pub(super) reason: Option<Reason>,
    /// Only letters that name this vehicle
    #[arg(long, value_name = "ID")]
    pub(super) vehicle: Option<VehicleId>,
}

/// Arguments of `fleetwatch dlq list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    /// Maximum number of letters: 1 to 500 [default: 50]
    #[arg(long, value_name = "NUMBER", value_parser = whole(1..=500_i64))]
    pub(super) first: Option<i64>,
    /// Continue a list from this cursor, which was printed after the previous page
    #[arg(long, value_name = "CURSOR")]
    pub(super) after: Option<String>,
    /// Print JSON, as the REST API returns it
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `fleetwatch dlq show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The letter
    #[arg(value_name = "ID")]
    pub(super) id: DeadLetterId,
    /// Print JSON, as the REST API returns it
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of `fleetwatch dlq replay` and `fleetwatch dlq drop`.
#[derive(Debug, Args)]
pub struct ChoiceArgs {
    /// The letters; alternatively, select them with --reason, --vehicle or --all
    #[arg(value_name = "ID", conflicts_with_all = ["reason", "vehicle", "all"])]
    pub(super) ids: Vec<DeadLetterId>,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
    /// All letters
    #[arg(long, conflicts_with_all = ["reason", "vehicle"])]
    pub(super) all: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(super) yes: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl From<FilterArgs> for DeadLetterFilter {
    fn from(arguments: FilterArgs) -> Self {
        Self {
            reason: arguments.reason,
            vehicle: arguments.vehicle,
        }
    }
}

impl FilterArgs {
    pub(super) const fn is_given(self) -> bool {
        self.reason.is_some() || self.vehicle.is_some()
    }
}
