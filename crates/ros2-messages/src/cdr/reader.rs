#[cfg(any(test, feature = "cdr-encode"))]
use super::Writer;
use super::{Fault, Problem};

/// Type that has a binary form: a message or a part of one.
pub trait BinaryForm: Sized {
    /// Reads a value.
    ///
    /// # Errors
    /// Fails at the first field that is truncated or invalid.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault>;

    #[cfg(any(test, feature = "cdr-encode"))]
    fn write(&self, writer: &mut Writer);
}

/// Reader of a message, field by field.
#[derive(Debug)]
pub struct Reader<'a> {
    /// Bytes after the header. Alignment is relative to their start.
    body: &'a [u8],
    at: usize,
    is_big_endian: bool,
}

/// Length of the header: two bytes name the representation, and two contain options, which are ignored.
const HEADER: usize = 4;

impl<'a> Reader<'a> {
    /// Reads the header of a serialised message.
    ///
    /// # Errors
    /// Returns [`Problem::Truncated`] or [`Problem::UnknownRepresentation`].
    pub(super) fn new(serialized: &'a [u8]) -> Result<Self, Fault> {
        let fault = |problem| Fault {
            path: String::new(),
            offset: 0,
            problem,
        };
        let Some((&[high, low, _, _], body)) = serialized.split_first_chunk::<HEADER>() else {
            return Err(fault(Problem::Truncated {
                needed: HEADER,
                left: serialized.len(),
            }));
        };
        match u16::from_be_bytes([high, low]) {
            representation @ 0..=1 => Ok(Self {
                body,
                at: 0,
                is_big_endian: representation == 0,
            }),
            other => Err(fault(Problem::UnknownRepresentation(other))),
        }
    }

    /// Reads a field.
    ///
    /// # Errors
    /// Returns the fault of the field, with `name` prepended to its path.
    pub(super) fn field<F: BinaryForm>(&mut self, name: &str) -> Result<F, Fault> {
        F::read(self).map_err(|fault| fault.inside(name))
    }

    /// Reads a number, which is aligned to its size, and returns its bytes in little-endian order.
    pub(super) fn number<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Fault> {
        let padding = self.at.next_multiple_of(SIZE) - self.at;
        let bytes = self.bytes(padding + SIZE)?;
        let mut number = *bytes
            .last_chunk::<SIZE>()
            .expect("the bytes have the length of padding and number");
        if self.is_big_endian {
            number.reverse();
        }
        Ok(number)
    }

    /// Reads the next `needed` bytes.
    pub(super) fn bytes(&mut self, needed: usize) -> Result<&'a [u8], Fault> {
        let rest = &self.body[self.at..];
        let Some(bytes) = rest.get(..needed) else {
            return Err(self.fault_before(
                0,
                Problem::Truncated {
                    needed,
                    left: rest.len(),
                },
            ));
        };
        self.at += needed;
        Ok(bytes)
    }

    /// Returns a fault of a value that started `bytes` bytes before the current position.
    pub(super) fn fault_before(&self, bytes: usize, problem: Problem) -> Fault {
        Fault {
            path: String::new(),
            offset: HEADER + self.at - bytes,
            problem,
        }
    }
}
