//! Numbers and texts as bytes.

mod reader;
mod writer;

pub(crate) use reader::Reader;
pub(crate) use writer::{put_bytes, put_signed, put_unsigned};

/// Maps numbers near 0, of either sign, to small numbers.
pub(crate) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Reverses [`zigzag`].
pub(crate) const fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(signed: i64, unsigned: u64, text: Vec<u8>) {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, signed);
            put_unsigned(&mut bytes, unsigned);
            put_bytes(&mut bytes, &text);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.signed(), Ok(signed));
            prop_assert_eq!(reader.unsigned(), Ok(unsigned));
            prop_assert_eq!(reader.prefixed(), Ok(text.as_slice()));
            prop_assert!(reader.is_empty());
        }
    }

    #[test]
    fn small_numbers_of_either_sign_take_one_byte() {
        for number in [0, 1, -1, 63, -64] {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, number);
            assert_eq!(bytes.len(), 1, "{number}");
        }
    }
}
