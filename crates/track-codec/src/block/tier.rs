use crate::{
    Fault,
    bytes::{Reader, put_unsigned},
};

/// Whether a block has all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The block has all rows.
    Full,
    /// The block has the rows that a [`Simplifier`](crate::Simplifier) has chosen.
    Simplified {
        /// Maximum distance of the other positions from the line, in millimetres.
        max_error_mm: u32,
        /// Number of rows before the simplification.
        original_rows: u64,
    },
}

impl Tier {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Full => out.push(0),
            Self::Simplified {
                max_error_mm,
                original_rows,
            } => {
                out.push(1);
                put_unsigned(out, max_error_mm.into());
                put_unsigned(out, original_rows);
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        const FAULT: Fault = Fault::Invalid("the tier");
        match reader.byte()? {
            0 => Ok(Self::Full),
            1 => Ok(Self::Simplified {
                max_error_mm: u32::try_from(reader.unsigned()?).map_err(|_| FAULT)?,
                original_rows: reader.unsigned()?,
            }),
            _ => Err(FAULT),
        }
    }
}
