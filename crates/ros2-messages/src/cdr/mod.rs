//! The binary form of messages: CDR, the Common Data Representation of DDS, which ROS 2 middleware and recordings use.
//!
//! Plain CDR of version 1 (OMG DDSI-RTPS 2.5, section 10, and CORBA 3.1 part 2, section 9.3) is supported in either
//! byte order. A header of four bytes names the representation, and the fields follow in sequence. Each number is
//! aligned to its own size, counted from the end of the header. Bytes after the last field are padding and are ignored.
//!
//! Arbitrary bytes are decoded to a message or a [`Fault`], without a panic. Texts take at most three times the memory
//! of their bytes.

mod fault;
mod fields;
mod reader;
#[cfg(any(test, feature = "cdr-encode"))]
mod writer;

pub use fault::{Fault, Problem};
pub use reader::{BinaryForm, Reader};
#[cfg(any(test, feature = "cdr-encode"))]
pub use writer::{ByteOrder, Writer};

/// Decodes a serialised message, which starts with a header that names its representation.
///
/// # Errors
/// Fails at the first field that is truncated or invalid.
pub fn decode<M: BinaryForm>(serialized: &[u8]) -> Result<M, Fault> {
    M::read(&mut Reader::new(serialized)?)
}

#[cfg(any(test, feature = "cdr-encode"))]
#[must_use]
pub fn encode<M: BinaryForm>(message: &M, order: ByteOrder) -> Vec<u8> {
    let mut writer = Writer::new(order);
    message.write(&mut writer);
    writer.into_bytes()
}

#[cfg(test)]
mod tests;
