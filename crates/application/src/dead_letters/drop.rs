use super::{DeadLetterAdministration, selection::DeadLetterBatch};
use crate::{
    Actor, Error,
    error::Result,
    ports::{AuditRecord, Author, DeadLetterId},
};

/// Effect of dropping a batch of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedLetters {
    /// Number of letters that were dropped.
    pub dropped: u64,
    /// Cursor after the batch; `None` if no matching letter follows.
    pub next: Option<String>,
}

impl DeadLetterAdministration {
    /// Drops a letter.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] if the letter does not
    /// exist for the caller, or another caller has replayed or dropped it in the meantime; [`Error::RateLimited`] while
    /// too many callers change letters; [`Error::Unavailable`] if a store is unavailable.
    pub async fn drop_one(&self, actor: &Actor, id: DeadLetterId) -> Result<()> {
        self.may_manage(actor)?;
        self.find(actor, id).await?;
        match self.in_turn(self.drop_all(actor, &[id])).await? {
            0 => Err(Error::dead_letter_not_found()),
            _ => Ok(()),
        }
    }

    /// Drops the oldest letters that match a query. Letters that another caller replays or drops at the same time are
    /// not counted.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::Invalid`] for an invalid query;
    /// [`Error::RateLimited`] while too many callers change letters; [`Error::Unavailable`] if a store is unavailable
    /// (some of the letters may have been dropped).
    pub async fn drop_batch(&self, actor: &Actor, batch: &DeadLetterBatch) -> Result<DroppedLetters> {
        self.may_manage(actor)?;
        let selected = self.select(actor, batch).await?;
        let ids: Vec<_> = selected.letters.iter().map(|stored| stored.id).collect();
        let dropped = match ids.as_slice() {
            [] => 0,
            ids => self.in_turn(self.drop_all(actor, ids)).await?,
        };
        Ok(DroppedLetters {
            dropped,
            next: selected.next,
        })
    }

    /// Drops letters, and returns the number of those that existed. Must be called within [`Self::in_turn`].
    async fn drop_all(&self, actor: &Actor, ids: &[DeadLetterId]) -> Result<u64> {
        let letters = self.existing(actor, ids).await?;
        let owners = self.owners(actor, &letters).await?;
        // Record the drop first, so that no letter is dropped without an entry.
        for (owner, letters) in owners.group(&letters, |stored| &stored.letter) {
            let record = AuditRecord::dead_letters_dropped(&letters, owner);
            self.audit.record(&Author::from(actor), record).await?;
        }
        let ids: Vec<_> = letters.iter().map(|stored| stored.id).collect();
        let dropped = self.letters.remove(&ids).await?.len();
        if dropped > 0 {
            tracing::info!(letters = dropped, "dead letters dropped");
        }
        Ok(dropped as u64)
    }
}
