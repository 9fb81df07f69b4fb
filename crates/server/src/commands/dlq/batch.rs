//! Replays and drops of all dead letters that match a filter.

use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
};

use anyhow::{Context as _, anyhow};
use application::{
    Actor,
    dead_letters::{DeadLetterAdministration, DeadLetterBatch, DeadLetterFilter, DeadLetterQuery},
    telemetry::Reason,
};
use indicatif::ProgressBar;
use serde_json::json;

use super::arguments::ChoiceArgs;
use crate::{commands::print, failure::Failure};

/// Number of letters that are handled together.
const AT_ONCE: i64 = 100;

/// Action on the letters of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Replay,
    Drop,
}

/// Effect on the letters so far.
#[derive(Debug, Default)]
struct Tally {
    /// Number of letters that were replayed or dropped.
    done: u64,
    rejected: BTreeMap<Reason, u64>,
    incomplete: u64,
}

/// Handles the selected letters that exist now, after confirmation.
pub(super) async fn run(
    letters: &DeadLetterAdministration,
    task: Task,
    arguments: &ChoiceArgs,
) -> Result<(), Failure> {
    let actor = Actor::command_line();
    let filter = DeadLetterFilter::from(arguments.filter);
    let newest = DeadLetterQuery {
        filter,
        first: Some(1),
        after: None,
    };
    let newest = letters.list(&actor, &newest).await?;
    let until = newest.into_items().first().map(|stored| stored.id);
    let mut tally = Tally::default();
    if until.is_some() {
        let count = letters.count(&actor, &filter).await?;
        if !arguments.yes {
            confirm(task, count)?;
        }
        let bar = ProgressBar::new(count);
        let mut batch = DeadLetterBatch {
            query: DeadLetterQuery {
                filter,
                first: Some(AT_ONCE),
                after: None,
            },
            until,
        };
        loop {
            let before = tally.total();
            batch.query.after = tally.add(letters, task, &actor, &batch).await?;
            bar.inc(tally.total() - before);
            if batch.query.after.is_none() {
                break;
            }
        }
        bar.finish_and_clear();
    }
    let text = if arguments.json {
        format!("{}\n", tally.document(task))
    } else {
        tally.summary(task)
    };
    Ok(print(&text)?)
}

/// Prompts for confirmation on a terminal.
fn confirm(task: Task, count: u64) -> Result<(), Failure> {
    let verb = match task {
        Task::Replay => "replay",
        Task::Drop => "drop",
    };
    if !io::stdin().is_terminal() {
        let message = format!("{}: add --yes to confirm", letters_to(verb, count));
        return Err(Failure::Usage(message));
    }
    eprint!("{}? (yes or no) ", letters_to(verb, count));
    let _ = io::stderr().flush();
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(anyhow!("not confirmed: nothing was changed").into()),
    }
}

fn letters_to(verb: &str, count: u64) -> String {
    let noun = if count == 1 { "letter" } else { "letters" };
    format!("{verb} {count} dead {noun}")
}

impl Tally {
    fn total(&self) -> u64 {
        self.done + self.rejected.values().sum::<u64>() + self.incomplete
    }

    /// Handles a batch. Returns the cursor after it; `None` at the end.
    async fn add(
        &mut self,
        letters: &DeadLetterAdministration,
        task: Task,
        actor: &Actor,
        batch: &DeadLetterBatch,
    ) -> Result<Option<String>, Failure> {
        match task {
            Task::Drop => {
                let dropped = letters.drop_batch(actor, batch).await?;
                self.done += dropped.dropped;
                Ok(dropped.next)
            }
            Task::Replay => {
                let replayed = letters.replay_batch(actor, batch).await?;
                self.done += replayed.accepted;
                self.incomplete += replayed.incomplete;
                for (reason, count) in replayed.rejected {
                    *self.rejected.entry(reason).or_default() += count;
                }
                Ok(replayed.next)
            }
        }
    }

    fn document(&self, task: Task) -> serde_json::Value {
        match task {
            Task::Drop => json!({"dropped": self.done}),
            Task::Replay => {
                let rejected: Vec<_> = self
                    .rejected
                    .iter()
                    .map(|(reason, count)| json!({"reason": reason.as_str(), "count": count}))
                    .collect();
                json!({"accepted": self.done, "rejected": rejected, "incomplete": self.incomplete})
            }
        }
    }

    fn summary(&self, task: Task) -> String {
        let noun = if self.done == 1 { "letter" } else { "letters" };
        let verb = match task {
            Task::Drop => "dropped",
            Task::Replay => "replayed",
        };
        let mut text = format!("{} dead {noun} {verb}\n", self.done);
        for (reason, count) in &self.rejected {
            text += &format!("  {count} would be rejected again: {reason}\n");
        }
        if self.incomplete > 0 {
            text += &format!(
                "  {} cannot be replayed: their messages were not kept in full\n",
                self.incomplete
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_letters_that_remain() {
        let tally = Tally {
            done: 1,
            rejected: [(Reason::Jump, 2), (Reason::OutOfOrder, 3)].into(),
            incomplete: 4,
        };
        assert_eq!(tally.total(), 10);
        assert_eq!(
            tally.summary(Task::Replay),
            "1 dead letter replayed\n  3 would be rejected again: out_of_order\n  2 would be rejected again: jump\n  \
             4 cannot be replayed: their messages were not kept in full\n"
        );
        assert_eq!(
            tally.document(Task::Replay),
            json!({"accepted": 1, "incomplete": 4, "rejected": [
                {"reason": "out_of_order", "count": 3}, {"reason": "jump", "count": 2},
            ]})
        );
        assert_eq!(Tally::default().summary(Task::Drop), "0 dead letters dropped\n");
    }
}
