//! The binary form of messages: CDR, the Common Data Representation of DDS, which ROS 2 middleware and recordings use.
//!
//! The supported representation is plain CDR of version 1 (OMG DDSI-RTPS 2.5, section 10, and CORBA 3.1 part 2, section
//! 9.3), in either byte order: four bytes that name the representation, then the fields in sequence, each aligned to
//! its own size from the end of those four bytes. Bytes after the last field are padding, and ignored.
//!
//! Decoding is total: arbitrary bytes give a message or a [`Fault`], and no allocation is larger than the bytes
//! themselves.

mod fault;
mod fields;
mod reader;
#[cfg(any(test, feature = "cdr-encode"))]
mod writer;

pub use fault::{Fault, Problem};
pub use reader::{BinaryForm, Reader};
#[cfg(any(test, feature = "cdr-encode"))]
pub use writer::{ByteOrder, Writer};

/// Decodes a serialized message, which starts with the four bytes that name its representation.
///
/// # Errors
/// [`Fault`] with the first field that is truncated or invalid.
pub fn decode<M: BinaryForm>(serialized: &[u8]) -> Result<M, Fault> {
    M::read(&mut Reader::new(serialized)?)
}

/// Encodes a message, for tests that write recordings.
#[cfg(any(test, feature = "cdr-encode"))]
#[must_use]
pub fn encode<M: BinaryForm>(message: &M, order: ByteOrder) -> Vec<u8> {
    let mut writer = Writer::new(order);
    message.write(&mut writer);
    writer.into_bytes()
}

#[cfg(test)]
mod tests;
