//! The head of a block.

use std::ops::Range;

use domain::telemetry::Timestamp;

use super::{
    MAGIC, MAX_ROWS, PAGE_ROWS, VERSION,
    bounds::Bounds,
    index::{self, Page},
    tier::Tier,
};
use crate::{
    Fault,
    bytes::{Reader, put_signed, put_unsigned},
    checksum::{checksum, verify},
    column::{Column, Layout, NameCounts},
    names::Names,
};

/// Description of a block, which is read before its pages.
#[derive(Debug, Clone)]
pub struct Head {
    pub(super) tier: Tier,
    pub(super) rows: usize,
    pub(super) first_ms: i64,
    pub(super) last_ms: i64,
    pub(super) bounds: Option<Bounds>,
    pub(super) names: Names,
    pub(super) layouts: [Layout; Column::ALL.len()],
    pub(super) pages: Vec<Page>,
}

/// Bytes of the length of a head.
const LENGTH_BYTES: usize = 4;

impl Head {
    /// Number of bytes at the start of a block that [`Self::length`] needs.
    pub const PREFIX: usize = MAGIC.len() + 1 + LENGTH_BYTES;

    /// Returns the number of bytes of the head, from the first [`Self::PREFIX`] bytes of a block.
    ///
    /// # Errors
    /// Fails if these are not the first bytes of a block that this version can read.
    pub fn length(prefix: &[u8]) -> Result<usize, Fault> {
        let mut reader = Reader::new(prefix);
        if reader.array()? != MAGIC {
            return Err(Fault::Foreign);
        }
        match reader.byte()? {
            VERSION => {}
            version => return Err(Fault::Version(version)),
        }
        match usize::try_from(reader.u32()?) {
            Ok(length) if length > Self::PREFIX => Ok(length),
            _ => Err(Fault::Invalid("the length of the head")),
        }
    }

    /// Reads the head at the start of `bytes`, which may end after it.
    ///
    /// # Errors
    /// Fails if the head is truncated, damaged or invalid.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let length = Self::length(bytes)?;
        let head = bytes.get(..length).ok_or(Fault::Truncated)?;
        let (content, sum) = head.split_last_chunk().ok_or(Fault::Truncated)?;
        verify(content, u32::from_le_bytes(*sum))?;
        let mut reader = Reader::new(content.get(Self::PREFIX..).ok_or(Fault::Truncated)?);
        let head = Self::read_content(&mut reader, length)?;
        if !reader.is_empty() {
            return Err(Fault::Invalid("the length of the head"));
        }
        Ok(head)
    }

    fn read_content(reader: &mut Reader<'_>, length: usize) -> Result<Self, Fault> {
        let tier = Tier::read(reader)?;
        let rows = reader.bounded(MAX_ROWS, "the number of rows")?;
        let first_ms = reader.signed()?;
        let last_ms = first_ms
            .checked_add_unsigned(reader.unsigned()?)
            .ok_or(Fault::Invalid("the last time"))?;
        if rows == 0 || first_ms < 0 || last_ms > Timestamp::MAX.as_unix_ms() {
            return Err(Fault::Invalid("the number of rows, or their times"));
        }
        let bounds = match reader.byte()? {
            0 => None,
            1 => Some(Bounds::read(reader)?),
            _ => return Err(Fault::Invalid("the bounds")),
        };
        let names = Names::read(reader)?;
        let mut layouts = [const { Layout::Absent }; Column::ALL.len()];
        for layout in &mut layouts {
            *layout = Layout::read(reader)?;
        }
        let varying = layouts.iter().filter(|layout| layout.is_varying()).count();
        let pages = index::read(reader, rows.div_ceil(PAGE_ROWS), varying, length)?;
        let head = Self {
            tier,
            rows,
            first_ms,
            last_ms,
            bounds,
            names,
            layouts,
            pages,
        };
        head.check_times()?;
        Ok(head)
    }

    /// Checks that every row has a kind and a time, and that the pages follow each other.
    fn check_times(&self) -> Result<(), Fault> {
        const FAULT: Fault = Fault::Invalid("the times of the pages");
        if self.layouts[Column::Kind as usize] == Layout::Absent {
            return Err(Fault::Invalid("the kinds of the rows"));
        }
        match self.layouts[Column::Time as usize] {
            Layout::Varying { .. } => {}
            Layout::Constant(only) if self.rows == 1 && only == self.first_ms => {}
            _ => return Err(FAULT),
        }
        let starts = || (0..self.pages.len()).map(|page| self.page_start(page));
        let is_ascending = starts().is_sorted_by(|before, after| before < after);
        if starts().next() == Some(self.first_ms)
            && is_ascending
            && starts().all(|start| start <= self.last_ms)
        {
            Ok(())
        } else {
            Err(FAULT)
        }
    }

    /// Writes the head. The ranges of the pages are not written: they follow from the numbers of bytes.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(&MAGIC);
        out.push(VERSION);
        out.extend_from_slice(&[0; LENGTH_BYTES]);
        self.tier.write(&mut out);
        put_unsigned(&mut out, self.rows as u64);
        put_signed(&mut out, self.first_ms);
        put_unsigned(&mut out, self.first_ms.abs_diff(self.last_ms));
        match self.bounds {
            None => out.push(0),
            Some(bounds) => {
                out.push(1);
                bounds.write(&mut out);
            }
        }
        self.names.write(&mut out);
        for layout in &self.layouts {
            layout.write(&mut out);
        }
        index::write(&self.pages, &mut out);
        let length = u32::try_from(out.len() + size_of::<u32>()).expect("names of less than 4 GiB");
        out[Self::PREFIX - LENGTH_BYTES..Self::PREFIX].copy_from_slice(&length.to_le_bytes());
        let sum = checksum(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    /// Returns whether the block has all rows.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        self.tier
    }

    /// Returns the number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the time of the first row, in Unix milliseconds.
    #[must_use]
    pub const fn first_ms(&self) -> i64 {
        self.first_ms
    }

    /// Returns the time of the last row, in Unix milliseconds.
    #[must_use]
    pub const fn last_ms(&self) -> i64 {
        self.last_ms
    }

    /// Returns the bounds of the positions; `None` if no row has one.
    #[must_use]
    pub const fn bounds(&self) -> Option<Bounds> {
        self.bounds
    }

    /// Returns the names that the rows refer to.
    #[must_use]
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// Returns the number of pages.
    #[must_use]
    pub const fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Returns the number of bytes of the whole block.
    #[must_use]
    pub fn block_length(&self) -> usize {
        self.pages.last().map_or(0, |page| page.range.end)
    }

    pub(super) fn page_bytes(&self, page: usize) -> Range<usize> {
        self.pages[page].range.clone()
    }

    #[cfg(test)]
    pub(crate) fn page_checksum(&self, page: usize) -> u32 {
        self.pages[page].checksum
    }

    /// Returns where pages that follow each other are in the block.
    ///
    /// # Panics
    /// Panics if the block does not have these pages.
    #[must_use]
    pub fn bytes_of(&self, pages: Range<usize>) -> Range<usize> {
        if pages.is_empty() {
            return 0..0;
        }
        self.pages[pages.start].range.start..self.pages[pages.end - 1].range.end
    }

    /// Returns the pages that may have rows whose times are in the range `times`.
    #[must_use]
    pub fn pages_between(&self, times: Range<i64>) -> Range<usize> {
        if times.is_empty() || self.last_ms < times.start {
            return 0..0;
        }
        let count_until = |is_before: &dyn Fn(i64) -> bool| {
            let (mut low, mut high) = (0, self.pages.len());
            while low < high {
                let middle = low.midpoint(high);
                if is_before(self.page_start(middle)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        };
        let end = count_until(&|start| start < times.end);
        let start = count_until(&|start| start <= times.start).saturating_sub(1);
        start.min(end)..end
    }

    /// Returns the page that has the last row at or before `at_ms`; `None` if all rows are later.
    #[must_use]
    pub fn page_at(&self, at_ms: i64) -> Option<usize> {
        let pages = self.pages_between(i64::MIN..at_ms.saturating_add(1));
        pages.end.checked_sub(1)
    }

    /// Returns the time of the first row of a page.
    pub(super) fn page_start(&self, page: usize) -> i64 {
        let column = &self.pages[page].columns;
        match self.layouts[Column::Time as usize] {
            Layout::Varying { .. } => {
                let place = usize::from(self.layouts[Column::Kind as usize].is_varying());
                column.get(place).map_or(self.first_ms, |time| time.first)
            }
            _ => self.first_ms,
        }
    }

    /// Returns the number of rows of a page.
    pub(super) fn page_rows(&self, page: usize) -> usize {
        PAGE_ROWS.min(self.rows - page * PAGE_ROWS)
    }

    pub(super) fn name_counts(&self) -> NameCounts {
        NameCounts::of(&self.names)
    }
}
