//! Well-formed messages, damaged at random.

use proptest::{collection::vec, prelude::*, sample::Index};

/// Well-formed messages, and tokens that are significant in them.
#[derive(Debug, Clone, Default)]
pub struct Seeds {
    messages: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
}

impl Seeds {
    /// Creates seeds from well-formed messages.
    #[must_use]
    pub fn of<M: AsRef<[u8]>>(messages: impl IntoIterator<Item = M>) -> Self {
        Self {
            messages: messages
                .into_iter()
                .map(|message| message.as_ref().to_vec())
                .collect(),
            words: Vec::new(),
        }
    }

    /// Adds tokens to insert, in addition to those that are problematic in every format.
    #[must_use]
    pub fn with_words<W: AsRef<[u8]>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words
            .extend(words.into_iter().map(|word| word.as_ref().to_vec()));
        self
    }
}

/// Tokens that many parsers handle incorrectly: numbers at the limits of their types, significant characters, invalid
/// text.
const BAD_WORDS: &[&[u8]] = &[
    b"",
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    "\u{1f916}".as_bytes(),
    b"\\ud800",
    b"\\u0000",
    b"\r\n",
    b"\n",
    b" ",
    b",",
    b";",
    b":",
    b".",
    b"\"",
    b"\"\"",
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[[[[[[[[[[[[[[[",
    b"{}",
    b"[]",
    b"(",
    b")",
    b"%",
    b"%00",
    b"%zz",
    b"&",
    b"=",
    b"+",
    b"-",
    b"#",
    b"$",
    b"@",
    b"!",
    b"null",
    b"true",
    b"NaN",
    b"-Infinity",
    b"0",
    b"-0",
    b"-1",
    b"1e999",
    b"-1e-999",
    b"0.1e1",
    b"255",
    b"65536",
    b"2147483648",
    b"-9223372036854775808",
    b"9223372036854775807",
    b"9223372036854775808",
    b"18446744073709551616",
    b"340282366920938463463374607431768211456",
    b"1.7976931348623157e308",
];

/// A single change to a message.
#[derive(Debug, Clone)]
enum Mutation {
    FlipBit(Index, u8),
    SetByte(Index, u8),
    Insert(Index, Vec<u8>),
    InsertWord(Index, Index),
    ReplaceByWord(Index, usize, Index),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    Truncate(Index),
    Splice(Index, Index, Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    let length = || prop_oneof![4 => 1..8_usize, 1 => 1..200_usize];
    prop_oneof![
        2 => (place(), 0..8_u8).prop_map(|(at, bit)| Mutation::FlipBit(at, bit)),
        2 => (place(), any::<u8>()).prop_map(|(at, byte)| Mutation::SetByte(at, byte)),
        1 => (place(), vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        3 => (place(), place()).prop_map(|(at, word)| Mutation::InsertWord(at, word)),
        4 => (place(), length(), place()).prop_map(|(at, length, word)| Mutation::ReplaceByWord(at, length, word)),
        2 => (place(), length()).prop_map(|(at, length)| Mutation::Remove(at, length)),
        2 => (place(), length(), 1..40_usize).prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        1 => place().prop_map(Mutation::Truncate),
        2 => (place(), place(), place()).prop_map(|(at, other, from)| Mutation::Splice(at, other, from)),
    ]
}

/// Generates one of the messages with up to seven mutations.
pub fn mutated(seeds: Seeds) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), vec(mutation(), 0..8)).prop_map(move |(seed, mutations)| {
        let message = seed.get(&seeds.messages).clone();
        mutations
            .iter()
            .fold(message, |message, mutation| mutation.apply(message, &seeds))
    })
}

/// Generates texts like [`mutated`], with invalid UTF-8 replaced.
pub fn mutated_text(seeds: Seeds) -> impl Strategy<Value = String> {
    mutated(seeds).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

impl Mutation {
    fn apply(&self, mut message: Vec<u8>, seeds: &Seeds) -> Vec<u8> {
        let size = message.len();
        // An insertion may also follow the last byte.
        let place = |at: &Index| at.index(size + 1);
        let end = |from: usize, length: usize| size.min(from + length);
        match self {
            Self::FlipBit(at, bit) if size > 0 => message[at.index(size)] ^= 1 << bit,
            Self::SetByte(at, byte) if size > 0 => message[at.index(size)] = *byte,
            Self::FlipBit(..) | Self::SetByte(..) => {}
            Self::Insert(at, bytes) => {
                message.splice(place(at)..place(at), bytes.iter().copied());
            }
            Self::InsertWord(at, word) => {
                message.splice(place(at)..place(at), word_of(seeds, word).iter().copied());
            }
            Self::ReplaceByWord(at, length, word) => {
                let at = place(at);
                message.splice(at..end(at, *length), word_of(seeds, word).iter().copied());
            }
            Self::Remove(at, length) => {
                let at = place(at);
                message.drain(at..end(at, *length));
            }
            Self::Repeat(at, length, times) => {
                let at = place(at);
                let part = message[at..end(at, *length)].repeat(*times);
                message.splice(at..at, part);
            }
            Self::Truncate(at) => message.truncate(place(at)),
            Self::Splice(at, other, from) => {
                let other = other.get(&seeds.messages);
                message.truncate(place(at));
                message.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
        message
    }
}

fn word_of<'a>(seeds: &'a Seeds, word: &Index) -> &'a [u8] {
    match word.index(BAD_WORDS.len() + seeds.words.len()) {
        bad if bad < BAD_WORDS.len() => BAD_WORDS[bad],
        own => &seeds.words[own - BAD_WORDS.len()],
    }
}
