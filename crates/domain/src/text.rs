//! Short texts with rules (names, labels, codes), enums whose variants have names, and checks of numbers.

use std::borrow::Cow;

use thiserror::Error;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

/// Reason why a name, label or code is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidText {
    /// The text is empty or consists only of whitespace.
    #[error("must not be empty")]
    Empty,
    /// The text has more characters than allowed.
    #[error("must have at most {max} characters, not {actual}")]
    TooLong {
        /// Maximum number of characters.
        max: usize,
        /// Number of characters found.
        actual: usize,
    },
    /// The text contains a control character (Unicode category Cc) such as a tab, a line feed or NUL.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// The text contains an invisible character, or one that sets the direction of the surrounding text. Names that
    /// differ only by such a character look identical.
    #[error("must not contain invisible characters or text-direction characters")]
    Invisible,
    /// The text contains the replacement character U+FFFD, which decoders insert for invalid bytes.
    #[error("must not contain replacement characters (U+FFFD)")]
    Damaged,
}

/// Error returned for a text that is not the name of any variant of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be one of {expected}")]
pub struct UnknownName {
    expected: &'static str,
}

impl UnknownName {
    /// Returns the error for an enum whose variants have the names `expected`, separated by commas.
    #[must_use]
    pub const fn new(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// Trims whitespace, and checks that 1 to `max` characters remain, none of them a control character.
pub(crate) fn checked(text: &str, max: usize) -> Result<&str, InvalidText> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(InvalidText::Empty);
    }
    let actual = trimmed.chars().count();
    if actual > max {
        return Err(InvalidText::TooLong { max, actual });
    }
    if trimmed.chars().any(char::is_control) {
        return Err(InvalidText::ControlCharacter);
    }
    Ok(trimmed)
}

/// Converts a text to Unicode Normalization Form C, in which `e` followed by a combining accent becomes `é`.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// Rejects invisible characters. Joiners and variation selectors are part of some letters and emoji, so they are
/// accepted, except at the start and after an ASCII character or a joiner; joiners are also rejected at the end.
pub(crate) fn visible(text: &str) -> Result<&str, InvalidText> {
    let mut before = ' ';
    for letter in text.chars() {
        let is_part_of_a_letter = matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
        match is_part_of_a_letter {
            true if before.is_ascii() || is_unseen(before) => return Err(InvalidText::Invisible),
            false if is_unseen(letter) => return Err(InvalidText::Invisible),
            _ => before = letter,
        }
    }
    match is_unseen(before) {
        true => Err(InvalidText::Invisible),
        false => Ok(text),
    }
}

/// Returns `true` for a character without a visible shape: a format character, a line or paragraph separator, a filler,
/// or another default-ignorable character. Variation selectors from U+FE00 to U+FE0F are not included.
const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Rejects a text with replacement characters.
pub(crate) fn undamaged(text: &str) -> Result<&str, InvalidText> {
    match text.contains(char::REPLACEMENT_CHARACTER) {
        true => Err(InvalidText::Damaged),
        false => Ok(text),
    }
}

/// Declares a type for names that users enter. Invisible characters are rejected.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::text::text_type!($(#[$doc])* $name, $max);

        impl $name {
            /// Normalises ([NFC](https://www.unicode.org/reports/tr15/)), trims and checks `text`.
            ///
            /// # Errors
            /// Fails if `text` is empty or too long, or contains a control or invisible character.
            pub fn new(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::checked(&$crate::text::composed(text), $max)
                    .and_then($crate::text::visible)
                    .map(|text| Self(text.into()))
            }

            /// Accepts a name from the store, which may predate the rule against invisible characters.
            ///
            /// # Errors
            /// Fails if `text` is empty or too long, or contains a control character.
            pub fn stored(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::checked(text, $max).map(|text| Self(text.into()))
            }
        }
    };
}
pub(crate) use name;

/// Declares a type for texts that users enter. Invisible characters are allowed.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::text::text_type!($(#[$doc])* $name, $max);

        impl $name {
            /// Normalises ([NFC](https://www.unicode.org/reports/tr15/)), trims and checks `text`.
            ///
            /// # Errors
            /// Fails if `text` is empty or too long, or contains a control character.
            pub fn new(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::checked(&$crate::text::composed(text), $max).map(|text| Self(text.into()))
            }
        }
    };
}
pub(crate) use text;

/// Declares a type for texts that robots send. Replacement characters are rejected.
macro_rules! received {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::text::text_type!($(#[$doc])* $name, $max);

        impl $name {
            /// Trims and checks `text`.
            ///
            /// # Errors
            /// Fails if `text` is empty or too long, or contains a control character or U+FFFD.
            pub fn new(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::checked(text, $max)
                    .and_then($crate::text::undamaged)
                    .map(|text| Self(text.into()))
            }
        }
    };
}
pub(crate) use received;

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[doc = concat!("\n\nIt has 1 to ", stringify!($max), " characters, none of which is a control character.")]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Maximum number of characters.
            pub const MAX_CHARS: usize = $max;

            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), &*self.0)
            }
        }
    };
}
pub(crate) use text_type;

/// Declares an enum whose variants have names, with `ALL`, `as_str`, `Display` and `FromStr`.
#[macro_export]
macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// All variants, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the name of the variant, which is the same in APIs, messages and the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::UnknownName;

            fn from_str(text: &str) -> Result<Self, $crate::text::UnknownName> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::text::UnknownName::new($crate::joined!($($text),+))),
                }
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! joined {
    ($first:literal $(, $rest:literal)*) => { concat!($first $(, ", ", $rest)*) };
}

/// Reason why a number is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidNumber {
    /// The number is NaN or infinite.
    #[error("must be a finite number")]
    NotFinite,
    /// The number is zero or negative.
    #[error("must be greater than 0 {unit}")]
    NotPositive {
        /// Unit of the quantity.
        unit: &'static str,
    },
    /// The number is negative.
    #[error("must be at least 0 {unit}")]
    Negative {
        /// Unit of the quantity.
        unit: &'static str,
    },
    /// The number is a temperature below absolute zero.
    #[error("must be at least -273.15 °C")]
    TooCold,
    /// The number is outside the closed range from `min` to `max`.
    #[error("must be between {min} and {max}")]
    OutOfRange {
        /// Lowest allowed value.
        min: i64,
        /// Highest allowed value.
        max: i64,
    },
}

pub(crate) fn positive(value: f64, unit: &'static str) -> Result<f64, InvalidNumber> {
    match finite(value)? {
        value if value > 0.0 => Ok(value),
        _ => Err(InvalidNumber::NotPositive { unit }),
    }
}

pub(crate) fn not_negative(value: f64, unit: &'static str) -> Result<f64, InvalidNumber> {
    match finite(value)? {
        value if value >= 0.0 => Ok(value),
        _ => Err(InvalidNumber::Negative { unit }),
    }
}

pub(crate) fn finite(value: f64) -> Result<f64, InvalidNumber> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(InvalidNumber::NotFinite)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", Err(InvalidText::Empty))]
    #[case("  \u{a0} ", Err(InvalidText::Empty))]
    #[case("  AMR 7 ", Ok("AMR 7"))]
    #[case("Gabelstapler Süd", Ok("Gabelstapler Süd"))]
    #[case("a\tb", Err(InvalidText::ControlCharacter))]
    #[case("nul\0", Err(InvalidText::ControlCharacter))]
    fn a_text_is_trimmed_and_free_of_control_characters(
        #[case] text: &str,
        #[case] expected: Result<&str, InvalidText>,
    ) {
        assert_eq!(checked(text, 100), expected);
    }

    #[rstest]
    #[case("Gabelstapler Süd", true)]
    #[case("نمی\u{200c}خواهم", true)]
    #[case("robot 👩\u{200d}🔧 ❤\u{fe0f}", true)]
    #[case("AMR\u{200b}7", false)]
    #[case("AMR\u{200d}7", false)]
    #[case("AMR\u{fe0f}7", false)]
    #[case("\u{202e}7 RMA", false)]
    #[case("AMR \u{2066}7", false)]
    #[case("AMR\u{ad}7", false)]
    #[case("AMR\u{2028}7", false)]
    #[case("\u{feff}AMR", false)]
    #[case("AMR 7\u{3164}", false)]
    #[case("AMR 7\u{e0041}", false)]
    fn names_with_invisible_characters_are_rejected(#[case] text: &str, #[case] is_visible: bool) {
        assert_eq!(visible(text).is_ok(), is_visible, "{text:?}");
    }

    #[rstest]
    #[case("caf\u{e9}", "caf\u{e9}")]
    #[case("cafe\u{301}", "caf\u{e9}")]
    #[case("\u{1112}\u{1161}\u{11ab}", "\u{d55c}")]
    #[case("AMR 7", "AMR 7")]
    fn a_text_is_normalised_to_nfc(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(composed(text), expected);
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        let name = "ü".repeat(100);
        assert_eq!(checked(&name, 100), Ok(name.as_str()));
        let long = "ü".repeat(101);
        assert_eq!(
            checked(&long, 100),
            Err(InvalidText::TooLong {
                max: 100,
                actual: 101
            })
        );
    }

    #[rstest]
    #[case(f64::NAN)]
    #[case(f64::INFINITY)]
    #[case(f64::NEG_INFINITY)]
    fn quantities_must_be_finite(#[case] value: f64) {
        assert_eq!(positive(value, "m"), Err(InvalidNumber::NotFinite));
        assert_eq!(not_negative(value, "m"), Err(InvalidNumber::NotFinite));
    }
}
