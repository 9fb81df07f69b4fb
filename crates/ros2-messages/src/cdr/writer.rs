/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// The one of the highest value.
    BigEndian,
    /// The one of the lowest value, as nearly every robot's processor has it.
    LittleEndian,
}

/// Writes field after field.
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

    /// The serialized message: the header and the fields.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let representation = match self.order {
            ByteOrder::BigEndian => 0,
            ByteOrder::LittleEndian => 1,
        };
        [&[0, representation, 0, 0], &self.body[..]].concat()
    }

    /// Writes a number, given lowest value first, aligned to its size.
    pub(super) fn number<const SIZE: usize>(&mut self, mut number: [u8; SIZE]) {
        self.body.resize(self.body.len().next_multiple_of(SIZE), 0);
        if self.order == ByteOrder::BigEndian {
            number.reverse();
        }
        self.body.extend(number);
    }

    /// Writes bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.body.extend(bytes);
    }
}
