//! The binary form of the messages: CDR, the Common Data Representation of DDS, as ROS 2 middleware and recordings
//! hold it.
//!
//! What is understood is plain CDR of version 1 (OMG DDSI-RTPS 2.5, section 10, and CORBA 3.1 part 2, section 9.3), in
//! either byte order: four bytes that name the representation, then the fields one after the other, each aligned to
//! its own size from the end of those four bytes. Bytes after the last field are padding and passed over.
//!
//! Decoding is total: whatever the bytes are, the answer is a message or a [`Fault`], and nothing larger than the
//! bytes themselves is allocated.

mod fault;
mod fields;
mod reader;
#[cfg(any(test, feature = "cdr-encode"))]
mod writer;

pub use fault::{Fault, Problem};
pub use reader::{BinaryForm, Reader};
#[cfg(any(test, feature = "cdr-encode"))]
pub use writer::{ByteOrder, Writer};

/// Decodes a serialized message, the four bytes that name its representation included.
///
/// # Errors
/// Says which field is wrong, where, and how.
pub fn decode<M: BinaryForm>(serialized: &[u8]) -> Result<M, Fault> {
    M::read(&mut Reader::new(serialized)?)
}

/// Encodes a message: for tests that write recordings.
#[cfg(any(test, feature = "cdr-encode"))]
#[must_use]
pub fn encode<M: BinaryForm>(message: &M, order: ByteOrder) -> Vec<u8> {
    let mut writer = Writer::new(order);
    message.write(&mut writer);
    writer.into_bytes()
}

#[cfg(test)]
mod tests;
