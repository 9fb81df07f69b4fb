#[cfg(any(test, feature = "cdr-encode"))]
use super::Writer;
use super::{Fault, Problem};

/// What has a binary form: messages, and what they consist of.
pub trait BinaryForm: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// Names the first field that is not there whole or makes no sense.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault>;

    /// Writes it.
    #[cfg(any(test, feature = "cdr-encode"))]
    fn write(&self, writer: &mut Writer);
}

/// Reads field after field.
#[derive(Debug)]
pub struct Reader<'a> {
    /// What follows the header: alignment counts from its beginning.
    body: &'a [u8],
    at: usize,
    is_big_endian: bool,
}

/// Two bytes that name the representation and two of options, which plain CDR has none of.
const HEADER: usize = 4;

impl<'a> Reader<'a> {
    /// Reads the header of a serialized message.
    ///
    /// # Errors
    /// [`Problem::Truncated`], or [`Problem::UnknownRepresentation`].
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
    /// The field's own, with its name before those of the fields in it.
    pub(super) fn field<F: BinaryForm>(&mut self, name: &str) -> Result<F, Fault> {
        F::read(self).map_err(|fault| fault.inside(name))
    }

    /// The bytes of a number, which is aligned to its size, lowest value first.
    pub(super) fn number<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Fault> {
        let padding = self.at.next_multiple_of(SIZE) - self.at;
        let bytes = self.bytes(padding + SIZE)?;
        let mut number = *bytes
            .last_chunk::<SIZE>()
            .expect("so many bytes were taken, and the padding");
        if self.is_big_endian {
            number.reverse();
        }
        Ok(number)
    }

    /// The next bytes, whatever they mean.
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

    /// A fault of what began so many bytes ago.
    pub(super) fn fault_before(&self, bytes: usize, problem: Problem) -> Fault {
        Fault {
            path: String::new(),
            offset: HEADER + self.at - bytes,
            problem,
        }
    }
}
