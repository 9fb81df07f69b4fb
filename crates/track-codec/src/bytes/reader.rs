use super::unzigzag;
use crate::Fault;

/// Reads bytes from the front.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the number of bytes that are left.
    pub(crate) const fn len(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Fault::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Fault::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Fault> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has one bit only.
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::Invalid("a number"))
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Fault> {
        self.unsigned().map(unzigzag)
    }

    /// Reads a number that may be at most `max`.
    pub(crate) fn bounded(&mut self, max: usize, name: &'static str) -> Result<usize, Fault> {
        match usize::try_from(self.unsigned()?) {
            Ok(value) if value <= max => Ok(value),
            _ => Err(Fault::Invalid(name)),
        }
    }

    /// Reads the number of elements that follow, each of which takes at least one byte.
    pub(crate) fn count(&mut self, name: &'static str) -> Result<usize, Fault> {
        let count = self.unsigned()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.len() => Ok(count),
            _ => Err(Fault::Invalid(name)),
        }
    }

    /// Reads bytes after their number.
    pub(crate) fn prefixed(&mut self) -> Result<&'a [u8], Fault> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| Fault::Truncated)?;
        self.take(count)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.prefixed()?).map_err(|_| Fault::Invalid("a text"))
    }
}
