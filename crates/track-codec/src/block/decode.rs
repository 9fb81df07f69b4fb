//! Decoding of blocks.

use std::ops::Range;

use pco::DecompressorScratch;

use super::{head::Head, index::PageColumn};
use crate::{
    Fault,
    checksum::verify,
    column::{Column, Columns, Entropy, Layout},
    row::Row,
    rows::Rows,
};

/// A block in memory.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    head: Head,
    bytes: &'a [u8],
}

impl<'a> Block<'a> {
    /// Reads the head of a block. Bytes that follow the block are ignored.
    ///
    /// # Errors
    /// Fails if the head is truncated, damaged or invalid, or a page is missing.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let head = Head::read(bytes)?;
        let bytes = bytes.get(..head.block_length()).ok_or(Fault::Truncated)?;
        Ok(Self { head, bytes })
    }

    /// Returns the head.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Adds the rows whose times, in Unix milliseconds, are in the range `times` to `rows`.
    ///
    /// # Errors
    /// Fails if a page that is needed is damaged or invalid. Then no rows are added.
    pub fn read(&self, times: Range<i64>, decoder: &mut Decoder, rows: &mut Rows) -> Result<(), Fault> {
        let pages = self.head.pages_between(times.clone());
        let bytes = &self.bytes[self.head.bytes_of(pages.clone())];
        decoder.decode(&self.head, pages, bytes, times, rows)
    }

    /// Returns all rows.
    ///
    /// # Errors
    /// Fails if a page is damaged or invalid.
    pub fn rows(&self) -> Result<Rows, Fault> {
        let mut rows = Rows::new();
        self.read(i64::MIN..i64::MAX, &mut Decoder::new(Columns::ALL), &mut rows)?;
        Ok(rows)
    }
}

/// Decodes pages of blocks. It is used for many blocks, one after another, because its memory is used again.
pub struct Decoder {
    columns: Columns,
    values: Vec<i64>,
    scratch: DecompressorScratch,
}

impl Decoder {
    /// Returns a decoder of the fields `columns`. The other fields of the decoded rows have no meaning.
    #[must_use]
    pub fn new(columns: Columns) -> Self {
        Self {
            columns,
            values: Vec::new(),
            scratch: DecompressorScratch::default(),
        }
    }

    /// Decodes pages of a block that follow each other, and adds the rows whose times are in the range `times` to
    /// `rows`. `bytes` are those at [`Head::bytes_of`] in the block.
    ///
    /// # Errors
    /// Fails if the bytes are truncated, damaged or invalid. Then no rows are added.
    ///
    /// # Panics
    /// Panics if the block does not have these pages.
    pub fn decode(
        &mut self,
        head: &Head,
        pages: Range<usize>,
        bytes: &[u8],
        times: Range<i64>,
        rows: &mut Rows,
    ) -> Result<(), Fault> {
        if pages.is_empty() {
            return Ok(());
        }
        let known = rows.len();
        let outcome = self.decode_pages(head, pages, bytes, rows.rows_mut(), known);
        if let Err(fault) = outcome {
            rows.rows_mut().truncate(known);
            return Err(fault);
        }
        let numbers = rows.names_mut().adopt(&head.names);
        let all = rows.rows_mut();
        all.truncate(known + all[known..].partition_point(|row| row.at_ms < times.end));
        let earlier = all[known..].partition_point(|row| row.at_ms < times.start);
        all.drain(known..known + earlier);
        // Most often, the names have the numbers that they have in the block.
        if !numbers.is_identity() {
            for row in &mut all[known..] {
                numbers.apply(row);
            }
        }
        Ok(())
    }

    /// Appends all rows of pages to `rows`, of which `known` are there before.
    fn decode_pages(
        &mut self,
        head: &Head,
        pages: Range<usize>,
        bytes: &[u8],
        rows: &mut Vec<Row>,
        known: usize,
    ) -> Result<(), Fault> {
        let start = head.page_bytes(pages.start).start;
        let page_bytes = |page: usize| {
            let range = head.page_bytes(page);
            bytes.get(range.start - start..range.end - start)
        };
        for page in pages.clone() {
            let of_page = page_bytes(page).ok_or(Fault::Truncated)?;
            verify(of_page, head.pages[page].checksum)?;
        }
        let count = pages.clone().map(|page| head.page_rows(page)).sum::<usize>();
        rows.resize(known + count, Row::default());
        // Where the next column of each page starts.
        let mut offsets = vec![0; pages.len()];
        let mut varying = 0;
        for column in Column::ALL {
            let layout = &head.layouts[column as usize];
            let is_needed = self.columns.has(column) || Columns::TIMES.has(column);
            let entropy = match layout {
                Layout::Varying { width, table, .. } if is_needed && !table.is_empty() => {
                    Some(Entropy::read(*width, table)?)
                }
                _ => None,
            };
            let mut first_row = known;
            for (page, offset) in pages.clone().zip(&mut offsets) {
                let end_row = first_row + head.page_rows(page);
                let (entry, of_column) = match layout {
                    Layout::Varying { .. } => {
                        let entry = head.pages[page].columns[varying];
                        let of_page = page_bytes(page).unwrap_or_default();
                        let of_column = of_page.get(*offset..*offset + entry.len);
                        *offset += entry.len;
                        (entry, of_column.ok_or(Fault::Truncated)?)
                    }
                    Layout::Constant(first) => (
                        PageColumn {
                            first: *first,
                            len: 0,
                        },
                        &[][..],
                    ),
                    Layout::Absent => (PageColumn { first: 0, len: 0 }, &[][..]),
                };
                if is_needed {
                    let of_page = &mut rows[first_row..end_row];
                    self.column(head, column, entry.first, of_column, entropy.as_ref(), of_page)?;
                }
                first_row = end_row;
            }
            varying += usize::from(layout.is_varying());
        }
        let mut first_row = known;
        for page in pages {
            let end_row = first_row + head.page_rows(page);
            check_times(head, page, &rows[first_row..end_row])?;
            first_row = end_row;
        }
        Ok(())
    }

    /// Decodes a column of a page.
    fn column(
        &mut self,
        head: &Head,
        column: Column,
        first: i64,
        bytes: &[u8],
        entropy: Option<&Entropy>,
        rows: &mut [Row],
    ) -> Result<(), Fault> {
        let count = column.count(rows);
        if count == 0 {
            return Ok(());
        }
        let values = &mut self.values;
        values.clear();
        values.push(first);
        match &head.layouts[column as usize] {
            Layout::Absent => return Err(Fault::Invalid("the kind of a row")),
            Layout::Constant(_) => values.resize(count, first),
            Layout::Varying { predictor, .. } => {
                if count > 1 {
                    let entropy = entropy.ok_or(Fault::Invalid("a table of frequencies"))?;
                    entropy.page(bytes, count - 1, values, &mut self.scratch)?;
                }
                predictor.restore(values);
            }
        }
        if column.assign(rows, values, head.name_counts()) {
            Ok(())
        } else {
            Err(Fault::Invalid("a value of a row"))
        }
    }
}

/// Checks that the times of a page ascend, and are before the next page.
fn check_times(head: &Head, page: usize, rows: &[Row]) -> Result<(), Fault> {
    let is_within = rows.last().is_some_and(|row| match page + 1 {
        next if next < head.pages.len() => row.at_ms < head.page_start(next),
        _ => row.at_ms == head.last_ms,
    });
    if is_within && rows.is_sorted_by(|before, after| before.at_ms < after.at_ms) {
        Ok(())
    } else {
        Err(Fault::Invalid("the times of a page"))
    }
}
