//! Rules for passwords, and the form of them that is hashed.

use std::{borrow::Cow, sync::LazyLock};

use precis_profiles::{OpaqueString, precis_core::profile::PrecisFastInvocation as _};

use crate::Username;

/// The passwords of eight characters and more, in small letters and sorted, that are most common in what was stolen
/// elsewhere: the 30,000 of zxcvbn 4.4.2 (Dropbox, MIT) and the 20,000 of Django 5.2 (BSD-3-Clause).
static COMMON: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("common.txt").lines().collect());

/// How long a password must be at least. No setting takes this below [`PasswordPolicy::LEAST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    min_chars: usize,
}

/// Why a text may not be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Too short to resist guessing.
    #[error("must have at least {min} characters")]
    TooShort {
        /// How many it must have.
        min: usize,
    },
    /// So long that it would cost more to check than it is worth.
    #[error("must have at most {} characters", PasswordPolicy::MOST)]
    TooLong,
    /// Control characters, which many programs can't send, and characters that Unicode has not assigned.
    #[error("must not contain control characters")]
    ControlCharacter,
    /// One character again and again, or nothing but spaces.
    #[error("must not be one character repeated")]
    OneCharacter,
    /// The first guess of an attacker.
    #[error("must not be the username")]
    IsUsername,
    /// The next guesses of an attacker.
    #[error("must not be one of the most common passwords")]
    Common,
}

impl Default for PasswordPolicy {
    /// Twelve characters: OWASP ASVS 5 (6.2.1) asks for 8 and advises 15 where there is no second factor; log-ins are slowed
    /// and limited here.
    fn default() -> Self {
        Self { min_chars: 12 }
    }
}

impl PasswordPolicy {
    /// The least that a setting may ask for.
    pub const LEAST: usize = 8;
    /// The most characters that a password may have.
    pub const MOST: usize = 128;

    /// Asks for so many characters, but for no fewer than [`PasswordPolicy::LEAST`] and no more than
    /// [`PasswordPolicy::MOST`].
    #[must_use]
    pub fn of_at_least(chars: usize) -> Self {
        Self {
            min_chars: chars.clamp(Self::LEAST, Self::MOST),
        }
    }

    /// How many characters it asks for.
    #[must_use]
    pub const fn min_chars(self) -> usize {
        self.min_chars
    }

    /// Checks a password that is to be a user's; who that is may not be known yet. Any characters will do: rules of
    /// composition make passwords worse, not better (NIST SP 800-63B).
    ///
    /// # Errors
    /// The first rule that the password breaks.
    pub fn check(self, password: &str, username: Option<&Username>) -> Result<(), InvalidPassword> {
        // Long texts are not looked at any closer.
        let length = password.chars().take(Self::MOST + 1).count();
        if length > Self::MOST {
            return Err(InvalidPassword::TooLong);
        }
        if length < self.min_chars {
            return Err(InvalidPassword::TooShort { min: self.min_chars });
        }
        let prepared = OpaqueString::enforce(password).map_err(|_| InvalidPassword::ControlCharacter)?;
        if is_one_character(&prepared) {
            return Err(InvalidPassword::OneCharacter);
        }
        let lower = prepared.to_lowercase();
        if username.is_some_and(|name| name.as_str().to_lowercase() == lower) {
            return Err(InvalidPassword::IsUsername);
        }
        match COMMON.binary_search(&&*lower) {
            Ok(_) => Err(InvalidPassword::Common),
            Err(_) => Ok(()),
        }
    }
}

fn is_one_character(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next();
    letters.all(|letter| Some(letter) == first)
}

/// The form of a password that is hashed: the same for all ways to type it (the PRECIS profile `OpaqueString`, RFC 8265).
/// One that has no such form, as older ones may have none, is hashed as it is.
#[must_use]
pub fn prepare(password: &str) -> Cow<'_, str> {
    OpaqueString::enforce(password).unwrap_or(Cow::Borrowed(password))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{InvalidPassword::*, *};

    #[rstest]
    #[case("eleven-char", Err(TooShort { min: 12 }))]
    #[case("twelve-chars", Ok(()))]
    #[case("ünïcödé! yes", Ok(()))]
    #[case("        ", Err(TooShort { min: 12 }))]
    #[case("            ", Err(OneCharacter))]
    #[case("\u{3000} \u{a0} \u{2003}       ", Err(OneCharacter))]
    #[case("aaaaaaaaaaaaaaa", Err(OneCharacter))]
    #[case("\0\0\0\0\0\0\0\0\0\0\0\0", Err(ControlCharacter))]
    #[case("a\tb\nc\rdefghijk", Err(ControlCharacter))]
    #[case("Ana.Lopez@Plant", Err(IsUsername))]
    #[case("Password1234", Err(Common))]
    #[case("1234567890qwerty", Err(Common))]
    #[case("1Q2W3E4R5T6Y7U8I", Err(Common))]
    fn a_password_is_long_and_nothing_that_is_tried_first(
        #[case] password: &str,
        #[case] expected: Result<(), InvalidPassword>,
    ) {
        let username = Username::new("ana.lopez@plant").expect("a name");
        assert_eq!(
            PasswordPolicy::default().check(password, Some(&username)),
            expected
        );
    }

    #[rstest]
    #[case("password", Err(Common))]
    #[case("PassWord", Err(Common))]
    #[case("iloveyou", Err(Common))]
    #[case("eight-88", Ok(()))]
    #[case("seven77", Err(TooShort { min: 8 }))]
    fn common_passwords_are_refused_at_any_length(
        #[case] password: &str,
        #[case] expected: Result<(), InvalidPassword>,
    ) {
        assert_eq!(PasswordPolicy::of_at_least(1).check(password, None), expected);
    }

    #[test]
    fn a_password_has_an_end() {
        let check = |password: &str| PasswordPolicy::default().check(password, None);
        assert_eq!(check(&"üa".repeat(64)), Ok(()));
        assert_eq!(check(&"üa".repeat(65)), Err(TooLong));
        assert_eq!(check(&"a".repeat(10_000_000)), Err(TooLong));
    }

    #[test]
    fn the_common_passwords_are_sorted_and_in_small_letters() {
        assert!(COMMON.is_sorted() && COMMON.len() > 10_000);
        for password in COMMON.iter() {
            assert_eq!(*password, password.to_lowercase());
            assert!(password.len() >= PasswordPolicy::LEAST, "{password}");
        }
    }

    #[test]
    fn all_ways_to_type_a_password_are_hashed_alike() {
        assert_eq!(prepare("cafe\u{301} au lait"), "café au lait");
        assert_eq!(prepare("two\u{3000}words"), "two words");
        assert_eq!(prepare("Ａ stays"), "Ａ stays");
        assert_eq!(prepare("old\0one"), "old\0one");
    }
}
