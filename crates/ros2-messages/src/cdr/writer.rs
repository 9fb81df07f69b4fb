#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// Most significant byte first.
    BigEndian,
    /// Least significant byte first, as on nearly every robot's processor.
    LittleEndian,
}

/// Writer of a message, field by field.
#[derive(Debug)]
pub struct Writer {
    body: Vec<u8>,
    order: ByteOrder,
}

impl Writer {
    pub(super) const fn new(order: ByteOrder) -> Self {
        Self {
            body: Vec::new(),
            order,
        }
    }

    /// Returns the serialised message, with its header.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let representation = match self.order {
            ByteOrder::BigEndian => 0,
            ByteOrder::LittleEndian => 1,
        };
        [&[0, representation, 0, 0], &self.body[..]].concat()
    }

    /// Writes a number, aligned to its size. `number` is in little-endian order.
    pub(super) fn number<const SIZE: usize>(&mut self, mut number: [u8; SIZE]) {
        self.body.resize(self.body.len().next_multiple_of(SIZE), 0);
        if self.order == ByteOrder::BigEndian {
            number.reverse();
        }
        self.body.extend(number);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.body.extend(bytes);
    }
}
