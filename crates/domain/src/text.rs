//! Short texts that people or robots give: names, labels, codes.

use thiserror::Error;

/// Why a text is not a [`crate::vehicle::VehicleName`] or one of its kin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidText {
    /// Nothing, or nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must have at most {max} characters, not {actual}")]
    TooLong {
        /// The most characters allowed.
        max: usize,
        /// The characters found.
        actual: usize,
    },
    /// A control character (Unicode category Cc) such as a tab, a line feed or NUL.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// An invisible character, or one that sets the direction of the text around it: two names that differ by one look
    /// alike.
    #[error("must not contain invisible characters or ones that set the direction of text")]
    Invisible,
    /// The replacement character U+FFFD, which stands where a text was damaged on its way.
    #[error("must not contain replacement characters (U+FFFD)")]
    Damaged,
}

/// A name that is none of those of an enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be one of {expected}")]
pub struct UnknownName {
    expected: &'static str,
}

impl UnknownName {
    /// `expected` lists the names that would have been understood.
    #[must_use]
    pub const fn new(expected: &'static str) -> Self {
        Self { expected }
    }
}

/// Trims white space and checks length (in characters) and content.
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

/// Refuses characters that are not seen. A joiner or a variation selector is part of the letter or sign before it in many
/// scripts and emoji; behind an ASCII character it has no meaning.
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

/// Whether a character has no shape of its own: format characters (Unicode category Cf), separators of lines and
/// paragraphs, fillers, and what else is ignorable by default.
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

/// Refuses a text that was damaged on its way.
pub(crate) fn undamaged(text: &str) -> Result<&str, InvalidText> {
    match text.contains(char::REPLACEMENT_CHARACTER) {
        true => Err(InvalidText::Damaged),
        false => Ok(text),
    }
}

/// A text that people know something by: nothing in it is invisible.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::text::text_type!($(#[$doc])* $name, $max);

        impl $name {
            /// Trims and checks `text`.
            ///
            /// # Errors
            /// When it is empty, too long, or contains a control character or an invisible one.
            pub fn new(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::checked(text, $max)
                    .and_then($crate::text::visible)
                    .map(|text| Self(text.into()))
            }

            /// Takes a name that is kept already, and may be older than the rule about invisible characters.
            ///
            /// # Errors
            /// When it is empty, too long, or contains a control character.
            pub fn stored(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::checked(text, $max).map(|text| Self(text.into()))
            }
        }
    };
}
pub(crate) use name;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::text::text_type!($(#[$doc])* $name, $max);

        impl $name {
            /// Trims and checks `text`.
            ///
            /// # Errors
            /// When it is empty, too long, or contains a control character.
            pub fn new(text: &str) -> Result<Self, $crate::text::InvalidText> {
                $crate::text::checked(text, $max).map(|text| Self(text.into()))
            }
        }
    };
}
pub(crate) use text;

/// A text that robots send: nothing in it was damaged on its way.
macro_rules! received {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::text::text_type!($(#[$doc])* $name, $max);

        impl $name {
            /// Trims and checks `text`.
            ///
            /// # Errors
            /// When it is empty, too long, or contains a control character or U+FFFD.
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
        #[doc = concat!("\n\n1 to ", stringify!($max), " characters after trimming, none of them a control character.")]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The most characters that it may have.
            pub const MAX_CHARS: usize = $max;

            /// The text.
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

/// Declares a closed set of names: the enum, its values, their texts and how they are read.
#[macro_export]
macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name on every wire and in the database.
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
/// A number that is not what a quantity needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidNumber {
    /// NaN or infinite.
    #[error("must be a finite number")]
    NotFinite,
    /// Zero or below where more is needed.
    #[error("must be greater than 0 {unit}")]
    NotPositive {
        /// The quantity's unit.
        unit: &'static str,
    },
    /// Below zero.
    #[error("must be at least 0 {unit}")]
    Negative {
        /// The quantity's unit.
        unit: &'static str,
    },
    /// A temperature below absolute zero.
    #[error("must be at least -273.15 °C")]
    TooCold,
    /// Outside a closed range.
    #[error("must be between {min} and {max}")]
    OutOfRange {
        /// The least value.
        min: i64,
        /// The greatest value.
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
    fn a_name_has_nothing_invisible(#[case] text: &str, #[case] is_visible: bool) {
        assert_eq!(visible(text).is_ok(), is_visible, "{text:?}");
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
    fn a_quantity_is_finite(#[case] value: f64) {
        assert_eq!(positive(value, "m"), Err(InvalidNumber::NotFinite));
        assert_eq!(not_negative(value, "m"), Err(InvalidNumber::NotFinite));
    }
}
