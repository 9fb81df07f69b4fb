//! `fleetwatch dlq`: the dead letters in Redis. It needs no log-in, only access to the configuration of the servers.

mod arguments;
mod batch;
mod text;

use std::path::Path;

use anyhow::anyhow;
use api_rest::{DeadLetterDocument, ReplayDocument};
use application::{
    Actor, Error,
    dead_letters::{DeadLetterAdministration, DeadLetterQuery, ReplayOutcome},
    ports::DeadLetterId,
};
use serde_json::json;

use self::batch::Task;
use super::print;
use crate::{
    config::{Config, Problems},
    failure::Failure,
    printable,
    stores::Stores,
};

pub use arguments::{ChoiceArgs, DlqCommand, FilterArgs, ListArgs, ShowArgs};

/// Runs the subcommand.
///
/// # Errors
/// Fails if the configuration or the arguments are invalid, Redis or the database is unavailable, a named letter does
/// not exist, or its message is not accepted.
pub async fn run(file: Option<&Path>, command: DlqCommand) -> Result<(), Failure> {
    let config = Config::load(file)?;
    match command {
        DlqCommand::List(arguments) => list(&open(&config, Effect::Reads).await?, arguments).await,
        DlqCommand::Show(arguments) => show(&open(&config, Effect::Reads).await?, &arguments).await,
        DlqCommand::Replay(arguments) => {
            must_choose(&arguments)?;
            let letters = open(&config, Effect::Replays).await?;
            if arguments.ids.is_empty() {
                batch::run(&letters, Task::Replay, &arguments).await
            } else {
                replay(&letters, &arguments).await
            }
        }
        DlqCommand::Drop(arguments) => {
            must_choose(&arguments)?;
            let letters = open(&config, Effect::Drops).await?;
            if arguments.ids.is_empty() {
                batch::run(&letters, Task::Drop, &arguments).await
            } else {
                discard(&letters, &arguments).await
            }
        }
    }
}

/// Effect of a command on dead letters, which determines the stores that it needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Reads,
    Drops,
    Replays,
}

/// Opens the dead letters in the configured Redis.
async fn open(config: &Config, effect: Effect) -> Result<DeadLetterAdministration, Failure> {
    if config.redis.url.is_none() {
        let why = "without Redis, the dead letters are in the memory of the server's process, \
                   where only its REST API can access them (/api/dead-letters)";
        return Err(Problems::missing("REDIS__URL", why).into());
    }
    if config.database.url.is_none() {
        match effect {
            Effect::Reads => {}
            Effect::Drops => eprintln!(
                "warning: FLEETWATCH_DATABASE__URL is not set, so the audit log does not record this"
            ),
            Effect::Replays => {
                let why = "the registry determines whether a message is accepted; without a database, \
                           it is in the memory of the server's process, so use its REST API (/api/dead-letters)";
                return Err(Problems::missing("DATABASE__URL", why).into());
            }
        }
    }
    let stores = Stores::open(config)?;
    if effect != Effect::Reads {
        stores.await_database(config).await?;
    }
    Ok(DeadLetterAdministration::beside_servers(
        &stores.ports,
        config.live.rules(),
        config.live.max_messages_per_vehicle,
    ))
}

fn must_choose(arguments: &ChoiceArgs) -> Result<(), Failure> {
    if arguments.ids.is_empty() && !arguments.filter.is_given() && !arguments.all {
        let message = "name the dead letters, or select them with --reason, --vehicle or --all";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(())
}

async fn list(letters: &DeadLetterAdministration, arguments: ListArgs) -> Result<(), Failure> {
    let actor = Actor::command_line();
    let query = DeadLetterQuery {
        filter: arguments.filter.into(),
        first: arguments.first,
        after: arguments.after,
    };
    let page = letters.list(&actor, &query).await?;
    let total = letters.count(&actor, &query.filter).await?;
    let cursor = page.end_cursor().filter(|_| page.has_next).map(str::to_owned);
    if arguments.json {
        let items: Vec<_> = page
            .entries
            .iter()
            .map(|entry| DeadLetterDocument::from(&entry.item))
            .collect();
        let page_info = json!({
            "hasNextPage": page.has_next,
            "hasPreviousPage": page.has_previous,
            "startCursor": page.entries.first().map(|entry| &entry.cursor),
            "endCursor": page.end_cursor(),
        });
        let document = json!({"items": items, "pageInfo": page_info, "totalCount": total});
        return Ok(print(&format!("{document}\n"))?);
    }
    let listed = page.entries.len() as u64;
    print(&text::table(&page.into_items()))?;
    if let Some(cursor) = cursor {
        eprintln!("{listed} of {total} dead letters; continue with --after {cursor}");
    }
    Ok(())
}

async fn show(letters: &DeadLetterAdministration, arguments: &ShowArgs) -> Result<(), Failure> {
    let stored = letters.get(&Actor::command_line(), arguments.id).await?;
    if arguments.json {
        let document = json!(DeadLetterDocument::from(&stored));
        return Ok(print(&format!("{document}\n"))?);
    }
    Ok(print(&text::whole(&stored))?)
}

/// Replays the letters that the arguments name.
async fn replay(letters: &DeadLetterAdministration, arguments: &ChoiceArgs) -> Result<(), Failure> {
    let mut left = 0;
    for &id in &arguments.ids {
        let outcome = letters.replay_one(&Actor::command_line(), id).await;
        left += usize::from(!matches!(outcome, Ok(ReplayOutcome::Accepted)));
        let (line, document) = match outcome {
            Ok(ReplayOutcome::Rejected(rejection)) => (
                format!(
                    "rejected: {}: {}",
                    rejection.reason,
                    printable::line(&rejection.detail)
                ),
                json!(ReplayDocument::from(ReplayOutcome::Rejected(rejection))),
            ),
            Ok(outcome) => ("accepted".to_owned(), json!(ReplayDocument::from(outcome))),
            Err(error @ (Error::NotFound { .. } | Error::Conflict { .. })) => {
                (error.to_string(), json!({"error": error.to_string()}))
            }
            Err(error) => return Err(error.into()),
        };
        report(arguments, id, &line, document)?;
    }
    must_leave_none(left, arguments, "accepted")
}

/// Drops the letters that the arguments name.
async fn discard(letters: &DeadLetterAdministration, arguments: &ChoiceArgs) -> Result<(), Failure> {
    let mut left = 0;
    for &id in &arguments.ids {
        let (line, document) = match letters.drop_one(&Actor::command_line(), id).await {
            Ok(()) => ("dropped".to_owned(), json!({"outcome": "DROPPED"})),
            Err(error @ Error::NotFound { .. }) => {
                left += 1;
                (error.to_string(), json!({"error": error.to_string()}))
            }
            Err(error) => return Err(error.into()),
        };
        report(arguments, id, &line, document)?;
    }
    must_leave_none(left, arguments, "dropped")
}

/// Prints the outcome for one letter.
fn report(
    arguments: &ChoiceArgs,
    id: DeadLetterId,
    line: &str,
    mut document: serde_json::Value,
) -> anyhow::Result<()> {
    if arguments.json {
        document["id"] = id.to_string().into();
        return print(&format!("{document}\n"));
    }
    print(&format!("{id}: {line}\n"))
}

fn must_leave_none(left: usize, arguments: &ChoiceArgs, done: &str) -> Result<(), Failure> {
    match left {
        0 => Ok(()),
        _ => {
            let count = arguments.ids.len();
            Err(anyhow!("{left} of {count} dead letters were not {done}").into())
        }
    }
}
