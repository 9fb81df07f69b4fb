//! Blocks: rows of one vehicle, compressed for long storage.
//!
//! ```text
//! head  magic, version, length of the head
//!       tier, number of rows, first and last time, bounds, names
//!       for each column: how it is stored, and its table of frequencies
//!       for each page: checksum, and for each varying column the first value and the number of bytes
//!       checksum of the head
//! page  for each varying column: the errors of the predictions of all values but the first
//! page  …
//! ```
//!
//! The head suffices to know which pages a time range needs. Numbers are varints, except for checksums and the length
//! of the head.

mod bounds;
mod decode;
mod division;
mod encode;
mod head;
mod index;
mod tier;

pub use bounds::Bounds;
pub use decode::{Block, Decoder};
pub use division::ranges;
pub use encode::encode;
pub use head::Head;
pub use tier::Tier;

/// Maximum number of rows of a block.
pub const MAX_ROWS: usize = 65_536;

/// Number of rows of every page but the last. Reading the last row at a time decodes one page, and each page takes
/// about 20 bytes besides its rows: 256 rows would save about 0.15 bytes for each row, and cost a third more time.
pub const PAGE_ROWS: usize = 128;

/// First bytes of every block.
const MAGIC: [u8; 4] = *b"FWTB";

/// Version of the format that [`encode`] writes.
const VERSION: u8 = 1;
