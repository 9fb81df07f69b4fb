//! Splitting of a stream of bytes into the messages of a protocol.

/// Splitter of a stream. Messages that arrive in one piece are not copied.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    /// The start of an incomplete message.
    pending: Vec<u8>,
}

impl Splitter {
    /// Adds bytes, and calls `take` at the start of each message, with all bytes from there. `take` returns the length
    /// of the message, or `None` if it is incomplete.
    ///
    /// # Errors
    /// Returns the error of `take`.
    pub(crate) fn read<E>(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<Option<usize>, E>,
    ) -> Result<(), E> {
        if self.pending.is_empty() {
            let used = take_each(bytes, &mut take)?;
            self.pending.extend_from_slice(&bytes[used..]);
        } else {
            self.pending.extend_from_slice(bytes);
            let used = take_each(&self.pending, &mut take)?;
            self.pending.drain(..used);
        }
        Ok(())
    }
}

/// Returns the number of bytes in complete messages.
fn take_each<E>(bytes: &[u8], take: &mut impl FnMut(&[u8]) -> Result<Option<usize>, E>) -> Result<usize, E> {
    let mut used = 0;
    while let Some(length) = take(&bytes[used..])? {
        used += length;
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn messages_are_found_regardless_of_how_their_bytes_are_split(
            lines in prop::collection::vec("[a-z]{0,40}", 1..8),
            cut in 1..100usize,
        ) {
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let (mut splitter, mut found) = (Splitter::default(), Vec::new());
            for piece in text.as_bytes().chunks(cut) {
                let outcome: Result<(), ()> = splitter.read(piece, |bytes| {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    found.extend(end.map(|end| String::from_utf8_lossy(&bytes[..end]).into_owned()));
                    Ok(end.map(|end| end + 1))
                });
                prop_assert_eq!(outcome, Ok(()));
            }
            prop_assert_eq!(found, lines);
        }
    }

    #[test]
    fn an_error_ends_the_reading() {
        assert_eq!(Splitter::default().read(b"abc", |_| Err("no")), Err("no"));
    }
}
