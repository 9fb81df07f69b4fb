//! Layouts of columns.

use super::{Predictor, Width};
use crate::{
    Fault,
    bytes::{Reader, put_bytes, put_signed},
};

/// Layout of the values of a column, which the head of a block states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// No row has a value.
    Absent,
    /// All values are the same.
    Constant(i64),
    /// The errors of predictions are stored.
    Varying {
        predictor: Predictor,
        width: Width,
        /// Table of the frequencies of errors; empty if no page has two values.
        table: Vec<u8>,
    },
}

/// Tags of layouts. Those of varying columns follow.
const ABSENT: u8 = 0;
const CONSTANT: u8 = 1;
const VARYING: u8 = 2;

impl Layout {
    pub(crate) const fn is_varying(&self) -> bool {
        matches!(self, Self::Varying { .. })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Absent => out.push(ABSENT),
            Self::Constant(value) => {
                out.push(CONSTANT);
                put_signed(out, *value);
            }
            Self::Varying {
                predictor,
                width,
                table,
            } => {
                let widths = Width::ALL.len() as u8;
                out.push(VARYING + predictor.number() * widths + width.number());
                put_bytes(out, table);
            }
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let tag = reader.byte()?;
        match tag {
            ABSENT => Ok(Self::Absent),
            CONSTANT => Ok(Self::Constant(reader.signed()?)),
            _ => {
                let (widths, tag) = (Width::ALL.len() as u8, tag - VARYING);
                let predictor = Predictor::from_number(tag / widths);
                let width = Width::from_number(tag % widths);
                let (Some(predictor), Some(width)) = (predictor, width) else {
                    return Err(Fault::Invalid("the layout of a column"));
                };
                Ok(Self::Varying {
                    predictor,
                    width,
                    table: reader.prefixed()?.to_vec(),
                })
            }
        }
    }
}

/// An encoded column.
pub(crate) struct Encoded {
    pub(crate) layout: Layout,
    /// First value of each page; 0 if the page has none.
    pub(crate) first: Vec<i64>,
    /// Errors of the predictions, page by page.
    pub(crate) bytes: Vec<u8>,
    /// End of each page in `bytes`.
    pub(crate) ends: Vec<usize>,
}

impl Encoded {
    /// Encodes the values of pages. `page_ends` are the ends of the pages in `values`.
    pub(crate) fn of(values: &[i64], page_ends: &[usize]) -> Self {
        let mut encoded = Self {
            layout: Layout::Absent,
            first: Vec::new(),
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        let Some(&first) = values.first() else {
            return encoded;
        };
        if values.iter().all(|&value| value == first) {
            encoded.layout = Layout::Constant(first);
            return encoded;
        }
        let starts = std::iter::once(&0).chain(page_ends);
        let pages = || {
            starts
                .clone()
                .zip(page_ends)
                .map(|(&start, &end)| &values[start..end])
        };
        let mut errors = Vec::with_capacity(values.len());
        let predictor = Predictor::best(sample_of(values), &mut errors);
        errors.clear();
        let mut per_page = Vec::with_capacity(page_ends.len());
        for page in pages() {
            predictor.errors(page, &mut errors);
            encoded.first.push(page.first().copied().unwrap_or(0));
            per_page.push(page.len().saturating_sub(1));
        }
        let width = Width::of(&errors);
        let mut table = Vec::new();
        let (mut ends, mut bytes) = (Vec::new(), Vec::new());
        if !errors.is_empty() {
            let filled = per_page.iter().copied().filter(|&count| count > 0).collect();
            width.compress(&errors, filled, &mut table, &mut bytes, |end| ends.push(end));
        }
        // pco has no pages without numbers.
        let (mut ended, mut end) = (ends.into_iter(), 0);
        encoded.ends = per_page
            .iter()
            .map(|&count| {
                if count > 0 {
                    end = ended.next().unwrap_or(end);
                }
                end
            })
            .collect();
        encoded.bytes = bytes;
        encoded.layout = Layout::Varying {
            predictor,
            width,
            table,
        };
        encoded
    }
}

/// Number of values by which a predictor is chosen.
const SAMPLE: usize = 512;

/// Returns values from the middle.
fn sample_of(values: &[i64]) -> &[i64] {
    let start = values.len().saturating_sub(SAMPLE) / 2;
    &values[start..values.len().min(start + SAMPLE)]
}
