use std::collections::{BTreeMap, BTreeSet};

use tokio::time::sleep;

use super::{
    DeadLetterAdministration,
    ownership::Owners,
    selection::DeadLetterBatch,
    turns::{Turn, Work},
};
use crate::{
    Actor, Error,
    error::Result,
    ports::{AuditRecord, Author, DeadLetterId, LetterReplay, StoredDeadLetter},
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
    /// Number of letters that cannot be replayed, because their messages were not kept in full.
    pub incomplete: u64,
    /// Cursor after the batch; `None` if no matching letter follows.
    pub next: Option<String>,
}

/// A letter whose message was judged.
struct Judged {
    stored: StoredDeadLetter,
    verdict: Result<Vec<Report>, Rejection>,
}

/// Letters that were handled together.
struct Handled {
    /// Letters whose messages were judged. Those that were accepted have been published and removed.
    judged: Vec<Judged>,
    /// Number of letters that do not contain the whole message.
    incomplete: usize,
}

/// Decoded message of a letter.
enum Message {
    Reports(Vec<Report>),
    Faulty(Rejection),
    /// The letter does not contain the whole message; the text states why.
    Incomplete(String),
}

impl Judged {
    fn accepted(&self) -> Option<LetterReplay> {
        let reports = self.verdict.as_ref().ok()?;
        Some(LetterReplay {
            id: self.stored.id,
            reports: reports.clone(),
        })
    }
}

impl DeadLetterAdministration {
    /// Judges the message of a letter as if a robot had sent it again now. If it is accepted, it is published, so that
    /// all servers receive it, and the letter is removed. Of several callers that replay or drop a letter at the same
    /// time, on any server, exactly one succeeds.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] if the letter does not
    /// exist for the caller, or another caller has replayed or dropped it in the meantime; [`Error::Conflict`] if the
    /// letter does not contain the whole message; [`Error::RateLimited`] while too many callers change letters;
    /// [`Error::Unavailable`] (the message may have been published, and then the letter no longer exists).
    pub async fn replay_one(&self, actor: &Actor, id: DeadLetterId) -> Result<ReplayOutcome> {
        self.may_manage(actor)?;
        let stored = self.find(actor, id).await?;
        if let Message::Incomplete(message) = self.decode(&stored.letter) {
            return Err(Error::Conflict {
                field: "payload",
                message,
            });
        }
        let handled = self.in_turn(self.replay_all(actor, &[id])).await?;
        match handled.judged.into_iter().next() {
            Some(Judged { verdict: Ok(_), .. }) => Ok(ReplayOutcome::Accepted),
            Some(Judged {
                verdict: Err(rejection),
                ..
            }) => Ok(ReplayOutcome::Rejected(rejection)),
            None => Err(Error::dead_letter_not_found()),
        }
    }

    /// Replays the oldest letters that match a query, one after the other. Their messages are published at a limited
    /// rate. Letters that are rejected again or do not contain the whole message remain. Letters that another caller
    /// replays or drops at the same time are not counted. Only one such replay runs at a time.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::Invalid`] for an invalid query;
    /// [`Error::RateLimited`] while another such replay is running; [`Error::Unavailable`] if a store is unavailable
    /// (some of the letters may have been replayed).
    pub async fn replay_batch(&self, actor: &Actor, batch: &DeadLetterBatch) -> Result<ReplayedLetters> {
        self.may_manage(actor)?;
        batch.check()?;
        let turn = self.await_turn(Work::PacedReplay).await?;
        let replayed = self.replay_selected(actor, batch, &turn).await;
        self.end(turn).await;
        replayed
    }

    async fn replay_selected(
        &self,
        actor: &Actor,
        batch: &DeadLetterBatch,
        turn: &Turn,
    ) -> Result<ReplayedLetters> {
        let selected = self.select(actor, batch).await?;
        let mut replayed = ReplayedLetters {
            next: selected.next,
            ..ReplayedLetters::default()
        };
        let ids: Vec<_> = selected.letters.iter().map(|stored| stored.id).collect();
        let mut portions = ids.chunks(self.pace.letters).peekable();
        while let Some(portion) = portions.next() {
            self.extend(turn).await?;
            let handled = self.in_turn(self.replay_all(actor, portion)).await?;
            replayed.incomplete += handled.incomplete as u64;
            let published_before = replayed.accepted;
            for Judged { verdict, .. } in handled.judged {
                match verdict {
                    Ok(_) => replayed.accepted += 1,
                    Err(rejection) => *replayed.rejected.entry(rejection.reason).or_default() += 1,
                }
            }
            // Also pause after the last letters if the caller will continue after them.
            let continues = portions.peek().is_some() || replayed.next.is_some();
            if continues && replayed.accepted > published_before {
                sleep(self.pace.pause).await;
            }
        }
        Ok(replayed)
    }

    /// Judges letters, the oldest first, publishes the messages that are accepted, and removes their letters. Must be
    /// called within [`Self::in_turn`].
    async fn replay_all(&self, actor: &Actor, ids: &[DeadLetterId]) -> Result<Handled> {
        // Other callers may have replayed or dropped some of them before it was this caller's turn.
        let letters = self.existing(actor, ids).await?;
        let owners = self.owners(actor, &letters).await?;
        let count = letters.len();
        let mut judged = self.judge_all(letters).await?;
        let incomplete = count - judged.len();
        // Record the replay first, so that nothing is published without an entry.
        self.record_replay(actor, &owners, &judged).await?;
        let accepted: Vec<_> = judged.iter().filter_map(Judged::accepted).collect();
        let replayed: BTreeSet<_> = match accepted.is_empty() {
            true => BTreeSet::new(),
            false => self.letters.replay(&accepted).await?.into_iter().collect(),
        };
        for letter in accepted.iter().filter(|letter| replayed.contains(&letter.id)) {
            self.judge.published(&letter.reports);
        }
        // If a turn takes longer than its lease, another caller may have been faster.
        judged.retain(|judged| judged.verdict.is_err() || replayed.contains(&judged.stored.id));
        if !judged.is_empty() {
            let rejected = judged.len() - replayed.len();
            tracing::info!(accepted = replayed.len(), rejected, "dead letters replayed");
        }
        Ok(Handled { judged, incomplete })
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
