use std::{ops::ControlFlow, time::Instant};

use domain::{AccessScope, Operation};

use super::{
    DeadLetterAdministration,
    selection::{DeadLetterBatch, DeadLetterFilter, DeadLetterQuery, NEWEST_FIRST, OLDEST_FIRST, cursor_of},
};
use crate::{
    Actor, Error,
    error::Result,
    fairness::account::charge_scan,
    paging::{Listing, Page},
    ports::{DeadLetterId, LetterOrder, StoredDeadLetter},
};

/// The letters of a batch, the oldest first.
pub(super) struct Selected {
    pub(super) letters: Vec<StoredDeadLetter>,
    /// Cursor of the last letter if more letters follow.
    pub(super) next: Option<String>,
}

impl DeadLetterAdministration {
    /// Checks that a caller may replay and drop dead letters. APIs call this before they read parameters.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator.
    pub fn may_manage(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::ManageDeadLetters)
    }

    /// Returns a page of the letters that exist for the caller, newest first.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::Invalid`] for an invalid page
    /// query; [`Error::Unavailable`] if a store is unavailable.
    pub async fn list(&self, actor: &Actor, query: &DeadLetterQuery) -> Result<Listing<StoredDeadLetter>> {
        actor.must_be_allowed(Operation::ReadDeadLetters)?;
        let request = query.checked(NEWEST_FIRST)?;
        let size = usize::try_from(request.read_size()).unwrap_or(usize::MAX);
        let mut read = Vec::new();
        self.scan(
            actor,
            &query.filter,
            LetterOrder::NewestFirst,
            request.after,
            |stored| {
                read.push(stored);
                break_if(read.len() == size)
            },
        )
        .await?;
        let cursor = |stored: &StoredDeadLetter| cursor_of(NEWEST_FIRST, stored.id);
        Ok(Listing::of(Page::of(read, &request), &request, cursor))
    }

    /// Returns the number of letters on all pages.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::Unavailable`] if a store is
    /// unavailable.
    pub async fn count(&self, actor: &Actor, filter: &DeadLetterFilter) -> Result<u64> {
        actor.must_be_allowed(Operation::ReadDeadLetters)?;
        // Letters are counted one by one even without a filter, because the length of the stream includes entries
        // written by other programs.
        let mut count = 0;
        self.scan(actor, filter, LetterOrder::NewestFirst, None, |_| {
            count += 1;
            ControlFlow::Continue(())
        })
        .await?;
        Ok(count)
    }

    /// Returns a letter.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] if the letter does not
    /// exist for the caller; [`Error::Unavailable`] if a store is unavailable.
    pub async fn get(&self, actor: &Actor, id: DeadLetterId) -> Result<StoredDeadLetter> {
        actor.must_be_allowed(Operation::ReadDeadLetters)?;
        self.find(actor, id).await
    }

    pub(super) async fn find(&self, actor: &Actor, id: DeadLetterId) -> Result<StoredDeadLetter> {
        let mut found = self.existing(actor, &[id]).await?;
        found.pop().ok_or_else(Error::dead_letter_not_found)
    }

    /// Returns the letters with these ids that exist for the caller, in the same order.
    pub(super) async fn existing(
        &self,
        actor: &Actor,
        ids: &[DeadLetterId],
    ) -> Result<Vec<StoredDeadLetter>> {
        let found = self.letters.find(ids).await?;
        self.within_scope(actor, found).await
    }

    /// Returns the letters of a batch.
    pub(super) async fn select(&self, actor: &Actor, batch: &DeadLetterBatch) -> Result<Selected> {
        let request = batch.query.checked(OLDEST_FIRST)?;
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let (mut letters, mut has_more) = (Vec::new(), false);
        let is_newer = |stored: &StoredDeadLetter| batch.until.is_some_and(|until| stored.id > until);
        self.scan(
            actor,
            &batch.query.filter,
            LetterOrder::OldestFirst,
            request.after,
            |stored| {
                if is_newer(&stored) {
                    return ControlFlow::Break(());
                }
                has_more = letters.len() == size;
                if !has_more {
                    letters.push(stored);
                }
                break_if(has_more)
            },
        )
        .await?;
        let last = letters.last().filter(|_| has_more);
        let next = last.map(|last: &StoredDeadLetter| cursor_of(OLDEST_FIRST, last.id).encode());
        Ok(Selected { letters, next })
    }

    /// Visits the letters after a position that match a filter and exist for the caller, until `visit` breaks.
    async fn scan(
        &self,
        actor: &Actor,
        filter: &DeadLetterFilter,
        order: LetterOrder,
        mut behind: Option<DeadLetterId>,
        mut visit: impl FnMut(StoredDeadLetter) -> ControlFlow<()> + Send,
    ) -> Result<()> {
        loop {
            let began = Instant::now();
            let portion = self.letters.read(order, behind).await?;
            charge_scan(began.elapsed());
            let mut letters = portion.letters;
            letters.retain(|stored| filter.matches(&stored.letter));
            for stored in self.within_scope(actor, letters).await? {
                if visit(stored).is_break() {
                    return Ok(());
                }
            }
            match portion.next {
                Some(next) => behind = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Returns those of the letters that exist for the caller, in the same order.
    async fn within_scope(
        &self,
        actor: &Actor,
        mut letters: Vec<StoredDeadLetter>,
    ) -> Result<Vec<StoredDeadLetter>> {
        if !sees_everything(actor) {
            let owners = self.owners(actor, &letters).await?;
            letters.retain(|stored| owners.of(&stored.letter).is_some());
        }
        Ok(letters)
    }
}

fn sees_everything(actor: &Actor) -> bool {
    matches!(*actor.scope, AccessScope::All)
}

fn break_if(is_done: bool) -> ControlFlow<()> {
    if is_done {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
