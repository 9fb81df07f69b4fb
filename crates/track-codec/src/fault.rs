//! Errors.

use crate::block::MAX_ROWS;

/// Reason why bytes cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes end before the data does.
    #[error("the bytes end too early")]
    Truncated,
    /// The bytes are not a block or slice of this codec.
    #[error("the bytes do not start like a block or slice")]
    Foreign,
    /// A later version has written the bytes.
    #[error("the format has version {0}, which this version cannot read")]
    Version(u8),
    /// The checksum does not match the bytes.
    #[error("the checksum does not match: the bytes are damaged")]
    Checksum,
    /// A part has a value that is not possible.
    #[error("{0} is invalid")]
    Invalid(&'static str),
}

/// Reason why rows cannot be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unencodable {
    /// There is no row.
    #[error("a block has at least one row")]
    Empty,
    /// There are more than [`MAX_ROWS`] rows.
    #[error("a block, or a vehicle of a slice, has at most {MAX_ROWS} rows")]
    TooManyRows,
    /// A row is not later than the one before it.
    #[error("the rows of a block are in the order of time, one for each time")]
    Unordered,
    /// A row refers to a name that does not exist.
    #[error("a row refers to a name that does not exist")]
    UnknownName,
}
