//! Encoding of blocks.

use super::{
    MAX_ROWS, PAGE_ROWS,
    bounds::Bounds,
    head::Head,
    index::{Page, PageColumn},
    tier::Tier,
};
use crate::{
    checksum::checksum,
    column::{Column, Encoded},
    fault::Unencodable,
    heading::Unwrap,
    names::Names,
    row::Row,
    rows::Rows,
};

/// Encodes `rows`, which are sorted and refer to `names`, as a block.
///
/// # Errors
/// Fails if there are no rows, too many, or two of the same time, if they are not sorted, or if one refers to a name
/// that does not exist.
pub fn encode(rows: &[Row], names: &Names, tier: Tier) -> Result<Vec<u8>, Unencodable> {
    let (first, last) = rows.first().zip(rows.last()).ok_or(Unencodable::Empty)?;
    if rows.len() > MAX_ROWS {
        return Err(Unencodable::TooManyRows);
    }
    if !rows.is_sorted_by(|before, after| before.at_ms < after.at_ms) {
        return Err(Unencodable::Unordered);
    }
    let used = Rows::referring(rows, names).ok_or(Unencodable::UnknownName)?;
    let columns = columns_of(used.as_slice());
    let pages = pages_of(rows.len(), &columns);
    let body_length = pages.1.len();
    let head = Head {
        tier,
        rows: rows.len(),
        first_ms: first.at_ms,
        last_ms: last.at_ms,
        bounds: Bounds::of(rows),
        names: used.names().clone(),
        layouts: columns.map(|column| column.layout),
        pages: pages.0,
    };
    let mut block = head.write();
    block.reserve_exact(body_length);
    block.extend_from_slice(&pages.1);
    Ok(block)
}

fn columns_of(rows: &[Row]) -> [Encoded; Column::ALL.len()] {
    let (mut values, mut page_ends) = (Vec::with_capacity(rows.len()), Vec::new());
    Column::ALL.map(|column| {
        values.clear();
        page_ends.clear();
        let mut unwrap = Unwrap::default();
        for page in rows.chunks(PAGE_ROWS) {
            column.extract(page, &mut unwrap, &mut values);
            page_ends.push(values.len());
        }
        Encoded::of(&values, &page_ends)
    })
}

/// Returns the pages, with their ranges in the bytes that follow the head, and these bytes.
fn pages_of(rows: usize, columns: &[Encoded]) -> (Vec<Page>, Vec<u8>) {
    let varying = || columns.iter().filter(|column| column.layout.is_varying());
    let mut bytes = Vec::with_capacity(varying().map(|column| column.bytes.len()).sum());
    let pages = (0..rows.div_ceil(PAGE_ROWS))
        .map(|page| {
            let start = bytes.len();
            let columns = varying()
                .map(|column| {
                    let from = page.checked_sub(1).map_or(0, |before| column.ends[before]);
                    let of_page = &column.bytes[from..column.ends[page]];
                    bytes.extend_from_slice(of_page);
                    PageColumn {
                        first: column.first[page],
                        len: of_page.len(),
                    }
                })
                .collect();
            Page {
                checksum: checksum(&bytes[start..]),
                range: start..bytes.len(),
                columns,
            }
        })
        .collect();
    (pages, bytes)
}
