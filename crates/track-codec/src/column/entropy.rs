//! Compression of the errors of predictions, by pco.
//!
//! All pages of a column share one table of the frequencies of errors (pco's chunk metadata), and each page is decoded
//! by itself. The predictions are made here instead of by pco, because the state that a page needs then takes a few
//! bits instead of several whole numbers.

use pco::{
    ChunkConfig, DecompressorScratch, DeltaSpec, ModeSpec, PagingSpec,
    data_types::Number,
    wrapped::{ChunkDecompressor, FileCompressor, FileDecompressor},
};

use crate::Fault;

/// Compression level. Level 8, pco's default, takes longer to save less than 1 % of blocks of 4,096 rows.
const LEVEL: usize = 6;

/// pco's header of format 4.1, which [`Width::compress`] writes and every later pco reads.
const PCO_HEADER: &[u8] = &[4, 1];

/// Largest logarithm of the size of a table of frequencies that is accepted. pco at [`LEVEL`] writes at most 8; a table
/// takes about 20 bytes for each of its places.
const MAX_TABLE_LOG: u8 = 10;

/// Type of the numbers that pco compresses: the smallest that holds all errors of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Bits16,
    Bits32,
    Bits64,
}

impl Width {
    pub(crate) const ALL: [Self; 3] = [Self::Bits16, Self::Bits32, Self::Bits64];

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// Returns the smallest width that holds all numbers.
    pub(crate) fn of(numbers: &[i64]) -> Self {
        let (min, max) = numbers
            .iter()
            .fold((0, 0), |(min, max), &number| (number.min(min), number.max(max)));
        if i16::try_from(min).is_ok() && i16::try_from(max).is_ok() {
            Self::Bits16
        } else if i32::try_from(min).is_ok() && i32::try_from(max).is_ok() {
            Self::Bits32
        } else {
            Self::Bits64
        }
    }

    /// Compresses `numbers`, which fit, in pages of the sizes `per_page`. Appends the table to `table` and the pages to
    /// `pages`, and calls `ended` after each page with the number of bytes in `pages`.
    pub(crate) fn compress(
        self,
        numbers: &[i64],
        per_page: Vec<usize>,
        table: &mut Vec<u8>,
        pages: &mut Vec<u8>,
        ended: impl FnMut(usize),
    ) {
        match self {
            Self::Bits16 => compress::<i16>(numbers, |n| n as i16, per_page, table, pages, ended),
            Self::Bits32 => compress::<i32>(numbers, |n| n as i32, per_page, table, pages, ended),
            Self::Bits64 => compress::<i64>(numbers, |n| n, per_page, table, pages, ended),
        }
    }
}

fn compress<T: Number>(
    numbers: &[i64],
    narrow: impl Fn(i64) -> T,
    per_page: Vec<usize>,
    table: &mut Vec<u8>,
    pages: &mut Vec<u8>,
    mut ended: impl FnMut(usize),
) {
    const INFALLIBLE: &str = "vectors can be written, and the numbers of pages add up";
    let narrowed: Vec<T> = numbers.iter().map(|&number| narrow(number)).collect();
    let page_count = per_page.len();
    let config = ChunkConfig::default()
        .with_compression_level(LEVEL)
        .with_mode_spec(ModeSpec::Classic)
        .with_delta_spec(DeltaSpec::NoOp)
        .with_paging_spec(PagingSpec::Exact(per_page));
    let mut chunk = FileCompressor::default()
        .chunk_compressor(&narrowed, &config)
        .expect(INFALLIBLE);
    chunk.write_meta(&mut *table).expect(INFALLIBLE);
    for page in 0..page_count {
        chunk.write_page(page, &mut *pages).expect(INFALLIBLE);
        ended(pages.len());
    }
}

/// Decodes the pages of one column.
pub(crate) enum Entropy {
    Bits16(ChunkDecompressor<i16>),
    Bits32(ChunkDecompressor<i32>),
    Bits64(ChunkDecompressor<i64>),
}

impl Entropy {
    /// Reads the table of a column.
    pub(crate) fn read(width: Width, table: &[u8]) -> Result<Self, Fault> {
        const FAULT: Fault = Fault::Invalid("a table of frequencies");
        // pco would allocate the window of other encodings before it reads it. In the first byte are the mode and the
        // encoding of differences, both 0 here, and in the second the logarithm of the table's size.
        match table {
            [0, log, ..] if log & 0xf <= MAX_TABLE_LOG => {}
            _ => return Err(FAULT),
        }
        let (file, _) = FileDecompressor::new(PCO_HEADER).map_err(|_| FAULT)?;
        match width {
            Width::Bits16 => file
                .chunk_decompressor(table)
                .map(|(chunk, _)| Self::Bits16(chunk)),
            Width::Bits32 => file
                .chunk_decompressor(table)
                .map(|(chunk, _)| Self::Bits32(chunk)),
            Width::Bits64 => file
                .chunk_decompressor(table)
                .map(|(chunk, _)| Self::Bits64(chunk)),
        }
        .map_err(|_| FAULT)
    }

    /// Appends the `count` numbers of a page to `numbers`.
    pub(crate) fn page(
        &self,
        page: &[u8],
        count: usize,
        numbers: &mut Vec<i64>,
        scratch: &mut DecompressorScratch,
    ) -> Result<(), Fault> {
        match self {
            Self::Bits16(chunk) => numbers_of(chunk, page, count, numbers, scratch),
            Self::Bits32(chunk) => numbers_of(chunk, page, count, numbers, scratch),
            Self::Bits64(chunk) => numbers_of(chunk, page, count, numbers, scratch),
        }
    }
}

/// Numbers that are decoded at once, a multiple of pco's batches of 256.
const BATCH: usize = 256;

fn numbers_of<T: Number + Into<i64> + Default>(
    chunk: &ChunkDecompressor<T>,
    page: &[u8],
    count: usize,
    numbers: &mut Vec<i64>,
    scratch: &mut DecompressorScratch,
) -> Result<(), Fault> {
    const FAULT: Fault = Fault::Invalid("a page of a column");
    let mut decompressor = chunk
        .page_decompressor_with_scratch(page, count, scratch)
        .map_err(|_| FAULT)?;
    let mut batch = [T::default(); BATCH];
    let mut rest = count;
    while rest > 0 {
        let progress = decompressor.read(&mut batch).map_err(|_| FAULT)?;
        if progress.n_processed == 0 {
            return Err(FAULT);
        }
        numbers.extend(batch[..progress.n_processed].iter().map(|&number| number.into()));
        rest = rest.saturating_sub(progress.n_processed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn the_header_is_that_of_the_library() {
        let header = FileCompressor::default()
            .write_header(Vec::new())
            .expect("a header");
        assert_eq!(
            header, PCO_HEADER,
            "blocks of another format need another version"
        );
    }

    proptest! {
        #[test]
        fn pages_are_decoded_one_by_one(
            pages in vec(vec(any::<i32>(), 1..300), 1..4),
            scale in 0..33_u32,
        ) {
            let numbers: Vec<i64> = pages.iter().flatten().map(|&n| i64::from(n) << scale >> 16).collect();
            let width = Width::of(&numbers);
            let (mut table, mut bytes, mut ends) = (Vec::new(), Vec::new(), vec![0]);
            let per_page = pages.iter().map(Vec::len).collect();
            width.compress(&numbers, per_page, &mut table, &mut bytes, |end| ends.push(end));
            prop_assert!(table[1] & 0xf <= 8, "the table has the logarithm {}", table[1] & 0xf);
            let entropy = Entropy::read(width, &table).expect("a table");
            let (mut at, mut scratch) = (0, DecompressorScratch::default());
            for (page, range) in pages.iter().zip(ends.windows(2)) {
                let mut decoded = Vec::new();
                let of_page = &bytes[range[0]..range[1]];
                entropy.page(of_page, page.len(), &mut decoded, &mut scratch).expect("a page");
                prop_assert_eq!(&decoded, &numbers[at..at + page.len()]);
                at += page.len();
            }
        }
    }
}
