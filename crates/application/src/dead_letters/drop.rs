use super::{DeadLetterAdministration, selection::DeadLetterBatch};
use crate::{
    Actor, Error,
    error::Result,
    ports::{AuditRecord, Author, DeadLetterId, StoredDeadLetter},
};

/// Effect of dropping a batch of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedLetters {
    /// Number of letters that were dropped.
    pub dropped: u64,
    /// Cursor behind the batch; `None` if no matching letter is left.
    pub next: Option<String>,
}

impl DeadLetterAdministration {
    /// Drops a letter.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] if the letter does not exist for
    /// the caller; [`Error::Unavailable`].
    pub async fn drop_one(&self, actor: &Actor, id: DeadLetterId) -> Result<()> {
        self.may_manage(actor)?;
        let letter = self.find(actor, id).await?;
        match self.drop_all(actor, &[letter]).await? {
            0 => Err(Error::dead_letter_not_found()),
            _ => Ok(()),
        }
    }

    /// Drops the oldest letters that match a query.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator; [`Error::Invalid`] for an invalid query;
    /// [`Error::Unavailable`] (some of the letters may have been dropped).
    pub async fn drop_batch(&self, actor: &Actor, batch: &DeadLetterBatch) -> Result<DroppedLetters> {
        self.may_manage(actor)?;
        let selected = self.select(actor, batch).await?;
        Ok(DroppedLetters {
            dropped: self.drop_all(actor, &selected.letters).await?,
            next: selected.next,
        })
    }

    async fn drop_all(&self, actor: &Actor, letters: &[StoredDeadLetter]) -> Result<u64> {
        let owners = self.owners(actor, letters).await?;
        // First, so that no letter is dropped without an entry.
        for (owner, letters) in owners.group(letters, |stored| &stored.letter) {
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
