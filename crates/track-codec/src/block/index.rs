//! The pages of a block.

use std::ops::Range;

use crate::{
    Fault,
    bytes::{Reader, put_signed, put_unsigned},
};

/// A page, as the head of its block describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) checksum: u32,
    /// Place of the page in the block.
    pub(crate) range: Range<usize>,
    /// The varying columns, in their order.
    pub(crate) columns: Vec<PageColumn>,
}

/// A varying column of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageColumn {
    /// First value; 0 if there is none.
    pub(crate) first: i64,
    /// Number of bytes.
    pub(crate) len: usize,
}

/// Writes pages. First values are written as differences from the page before.
pub(super) fn write(pages: &[Page], out: &mut Vec<u8>) {
    let mut before: &[PageColumn] = &[];
    for page in pages {
        out.extend_from_slice(&page.checksum.to_le_bytes());
        for (index, column) in page.columns.iter().enumerate() {
            let last = before.get(index).map_or(0, |column| column.first);
            put_signed(out, column.first.wrapping_sub(last));
            put_unsigned(out, column.len as u64);
        }
        before = &page.columns;
    }
}

/// Reads `count` pages with `varying` columns each, the first of which starts at `start`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    count: usize,
    varying: usize,
    start: usize,
) -> Result<Vec<Page>, Fault> {
    const FAULT: Fault = Fault::Invalid("the number of bytes of a page");
    let mut pages: Vec<Page> = Vec::with_capacity(count);
    let mut end = start;
    for _ in 0..count {
        let checksum = reader.u32()?;
        let page_start = end;
        let mut columns = Vec::with_capacity(varying);
        for index in 0..varying {
            let last = pages.last().map_or(0, |page| page.columns[index].first);
            let first = last.wrapping_add(reader.signed()?);
            let len = usize::try_from(reader.unsigned()?).map_err(|_| FAULT)?;
            end = end.checked_add(len).ok_or(FAULT)?;
            columns.push(PageColumn { first, len });
        }
        pages.push(Page {
            checksum,
            range: page_start..end,
            columns,
        });
    }
    Ok(pages)
}
