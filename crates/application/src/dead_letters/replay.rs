use std::collections::{BTreeMap, BTreeSet};

use tokio::time::sleep;

use super::{DeadLetterAdministration, ownership::Owners, selection::DeadLetterBatch};
use crate::{
    Actor, Error,
    error::Result,
    ports::{AuditRecord, Author, DeadLetterId, StoredDeadLetter},
    telemetry::{DeadLetter, Reason, Rejection, Report},
};

/// Outcome of replaying a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayOutcome {
    /// The message was published again, and the letter no longer exists.
    Accepted,
    /// The message would be rejected again. It was not published, and the letter still exists.
    Rejected(Rejection),
}

/// Effect of replaying a batch of letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplayedLetters {
    /// Number of letters whose messages were published again.
    pub accepted: u64,
    /// Number of letters that would be rejected again, by reason.
    pub rejected: BTreeMap<Reason, u64>,
    /// Number of letters that cannot be replayed, because their messages were not kept as a whole.
    pub incomplete: u64,
    /// Cursor behind the batch; `None` if no matching letter follows.
    pub next: Option<String>,
}

/// A letter whose message was judged.
struct Judged {
    stored: StoredDeadLetter,
    verdict: Result<Vec<Report>, Rejection>,
}

/// Decoded message of a letter.
enum Message {
    Reports(Vec<Report>),
    Faulty(Rejection),
    /// The letter does not have the whole message; the text states why.
    Incomplete(String),
}

impl DeadLetterAdministration {
    /// Judges the message of a letter as if a robot had sent it again now. If it is accepted, it is published, so that
    /// all servers receive it, and the letter is removed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] if the letter does not exist for
    /// the caller; [`Error::Conflict`] if it does not have the whole message; [`Error::Unavailable`] (the message may
    /// have been published, and the letter may still exist).
    pub async fn replay_one(&self, actor: &Actor, id: DeadLetterId) -> Result<ReplayOutcome> {
        self.may_manage(actor)?;
        let stored = self.find(actor, id).await?;
        if let Message::Incomplete(message) = self.decode(&stored.letter) {
            return Err(Error::Conflict {
                field: "payload",
                message,
            });
        }
        let judged = self.replay_all(actor, vec![stored]).await?;
        let rejection = judged.into_iter().find_map(|judged| judged.verdict.err());
        Ok(rejection.map_or(ReplayOutcome::Accepted, ReplayOutcome::Rejected))
    }

    /// Replays the oldest letters that match a query, one after the other, at a limited rate. Letters that are rejected
    /// again or do not have the whole message remain.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator; [`Error::Invalid`] for an invalid query;
    /// [`Error::Unavailable`] (some of the letters may have been replayed).
    pub async fn replay_batch(&self, actor: &Actor, batch: &DeadLetterBatch) -> Result<ReplayedLetters> {
        self.may_manage(actor)?;
        let selected = self.select(actor, batch).await?;
        let mut replayed = ReplayedLetters {
            next: selected.next,
            ..ReplayedLetters::default()
        };
        let mut rest = selected.letters.into_iter().peekable();
        while rest.peek().is_some() {
            let some: Vec<_> = rest.by_ref().take(self.pace.letters).collect();
            let count = some.len();
            let judged = self.replay_all(actor, some).await?;
            replayed.incomplete += (count - judged.len()) as u64;
            let published_before = replayed.accepted;
            for Judged { verdict, .. } in judged {
                match verdict {
                    Ok(_) => replayed.accepted += 1,
                    Err(rejection) => *replayed.rejected.entry(rejection.reason).or_default() += 1,
                }
            }
            // After the last letters, too, if the caller is going to continue behind them.
            let continues = rest.peek().is_some() || replayed.next.is_some();
            if continues && replayed.accepted > published_before {
                sleep(self.pace.pause).await;
            }
        }
        Ok(replayed)
    }

    /// Judges letters, the oldest first, and publishes the messages that are accepted. Returns the letters that were
    /// judged; the others do not have the whole message.
    async fn replay_all(&self, actor: &Actor, letters: Vec<StoredDeadLetter>) -> Result<Vec<Judged>> {
        let owners = self.owners(actor, &letters).await?;
        let judged = self.judge_all(letters).await?;
        // First, so that nothing is published without an entry.
        self.record_replay(actor, &owners, &judged).await?;
        let accepted = || judged.iter().filter(|judged| judged.verdict.is_ok());
        let reports: Vec<Report> = accepted()
            .flat_map(|judged| judged.verdict.iter().flatten().cloned())
            .collect();
        let ids: Vec<_> = accepted().map(|judged| judged.stored.id).collect();
        if !ids.is_empty() {
            // Published before they are removed: a message that is received twice does no harm, but a lost one would.
            self.bus.publish(&reports).await?;
            self.judge.published(&reports);
            self.letters.remove(&ids).await?;
        }
        if !judged.is_empty() {
            let rejected = judged.len() - ids.len();
            tracing::info!(accepted = ids.len(), rejected, "dead letters replayed");
        }
        Ok(judged)
    }

    async fn judge_all(&self, letters: Vec<StoredDeadLetter>) -> Result<Vec<Judged>> {
        let messages: Vec<_> = letters
            .into_iter()
            .map(|stored| (self.decode(&stored.letter), stored))
            .collect();
        let ids: BTreeSet<_> = messages
            .iter()
            .filter_map(|(message, _)| match message {
                Message::Reports(reports) => Some(reports),
                _ => None,
            })
            .flatten()
            .map(|report| report.vehicle_id)
            .collect();
        let mut rehearsal = self.judge.prepare(&ids).await?;
        let judged = messages.into_iter().filter_map(|(message, stored)| {
            let verdict = match message {
                Message::Reports(reports) => rehearsal.judge(&reports).map(|()| reports),
                Message::Faulty(rejection) => Err(rejection),
                Message::Incomplete(_) => return None,
            };
            Some(Judged { stored, verdict })
        });
        Ok(judged.collect())
    }

    fn decode(&self, letter: &DeadLetter) -> Message {
        if letter.is_truncated() {
            let (kept, bytes) = (letter.payload.len(), letter.bytes);
            return Message::Incomplete(format!(
                "the letter cannot be replayed: only {kept} of the {bytes} bytes of its message were kept"
            ));
        }
        let Some(message) = self.bus.decode(letter.channel, letter.payload.clone()) else {
            return Message::Incomplete(
                "the letter cannot be replayed: without Redis, messages have no payload that could be kept"
                    .to_owned(),
            );
        };
        let reports: Result<Vec<_>, _> = message.items.into_iter().map(|item| item.report).collect();
        match reports {
            Ok(reports) if reports.is_empty() => {
                Message::Faulty(Rejection::new(Reason::NotJson, "the payload contains no message"))
            }
            Ok(reports) => Message::Reports(reports),
            Err(rejection) => Message::Faulty(rejection),
        }
    }

    /// Records a replay in the audit log, with an entry for each organisation.
    async fn record_replay(&self, actor: &Actor, owners: &Owners, judged: &[Judged]) -> Result<()> {
        for (owner, judged) in owners.group(judged, |judged| &judged.stored.letter) {
            let letters: Vec<_> = judged.iter().map(|judged| &judged.stored).collect();
            let rejections: Vec<_> = judged
                .iter()
                .filter_map(|judged| judged.verdict.as_ref().err())
                .collect();
            let record = AuditRecord::dead_letters_replayed(&letters, &rejections, owner);
            self.audit.record(&Author::from(actor), record).await?;
        }
        Ok(())
    }
}
