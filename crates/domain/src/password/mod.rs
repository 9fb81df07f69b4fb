//! Rules for passwords, and the normalised form in which they are hashed.

use std::{borrow::Cow, sync::LazyLock};

use precis_profiles::{OpaqueString, precis_core::profile::PrecisFastInvocation as _};

use crate::Username;

/// Most common passwords in leaked databases, limited to those of at least eight characters, in lower case and sorted.
/// Sources: the lists of zxcvbn 4.4.2 (30,000 entries; Dropbox, MIT) and Django 5.2 (20,000 entries; BSD-3-Clause).
static COMMON: LazyLock<Vec<&'static str>> = LazyLock::new(|| include_str!("common.txt").lines().collect());

/// Rules for new passwords. Only the minimum length is configurable, and not below [`PasswordPolicy::LEAST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    min_chars: usize,
}

/// Reason why a password is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// The password has fewer characters than the policy requires.
    #[error("must have at least {min} characters")]
    TooShort {
        /// Minimum number of characters.
        min: usize,
    },
    /// The password has more than [`PasswordPolicy::MOST`] characters, which would make hashing needlessly expensive.
    #[error("must have at most {} characters", PasswordPolicy::MOST)]
    TooLong,
    /// The password contains a character that the PRECIS profile `OpaqueString` (RFC 8265) does not allow, such as a
    /// control character, an invisible one or an unassigned one.
    #[error("must not contain control or invisible characters")]
    ControlCharacter,
    /// The password consists of one repeated character.
    #[error("must not consist of one repeated character")]
    OneCharacter,
    /// The password equals the username, ignoring case. Attackers try it first.
    #[error("must not be the username")]
    IsUsername,
    /// The password is one of the most common ones, ignoring case. Attackers try them next.
    #[error("must not be one of the most common passwords")]
    Common,
}

impl Default for PasswordPolicy {
    /// Requires at least 12 characters. OWASP ASVS 5 (6.2.1) requires 8 and recommends 15, but here the number of
    /// attempts to log in is limited too, and the answers to failed ones may be delayed.
    fn default() -> Self {
        Self { min_chars: 12 }
    }
}

impl PasswordPolicy {
    /// Lowest minimum length that can be configured, in characters.
    pub const LEAST: usize = 8;
    /// Maximum number of characters of a password.
    pub const MOST: usize = 128;

    /// Returns a policy that requires at least `chars` characters, clamped to [`PasswordPolicy::LEAST`] and
    /// [`PasswordPolicy::MOST`].
    #[must_use]
    pub fn of_at_least(chars: usize) -> Self {
        Self {
            min_chars: chars.clamp(Self::LEAST, Self::MOST),
        }
    }

    /// Returns the minimum number of characters.
    #[must_use]
    pub const fn min_chars(self) -> usize {
        self.min_chars
    }

    /// Checks a new password. It is not compared with the username if that is `None`. There are no composition rules,
    /// because they make passwords weaker (NIST SP 800-63B).
    ///
    /// # Errors
    /// Returns the first rule that the password breaks.
    pub fn check(self, password: &str, username: Option<&Username>) -> Result<(), InvalidPassword> {
        // The text may be megabytes long. A composed letter replaces at most four characters.
        if password.chars().nth(4 * Self::MOST).is_some() {
            return Err(InvalidPassword::TooLong);
        }
        // The length is that of the prepared form, so it does not depend on how the characters are encoded.
        let prepared = OpaqueString::enforce(password).map_err(|_| InvalidPassword::ControlCharacter);
        let length = prepared.as_deref().unwrap_or(password).chars().count();
        if length > Self::MOST {
            return Err(InvalidPassword::TooLong);
        }
        if length < self.min_chars {
            return Err(InvalidPassword::TooShort { min: self.min_chars });
        }
        let prepared = prepared?;
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

/// Returns the form of a password that is hashed, which does not depend on how its characters are encoded (PRECIS
/// profile `OpaqueString`, RFC 8265). A password that has no such form is returned unchanged; earlier rules may have
/// allowed it.
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
    fn short_and_predictable_passwords_are_rejected(
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
    #[case("zxcvbnm,./", Err(Common))]
    #[case("eight-88", Ok(()))]
    #[case("seven77", Err(TooShort { min: 8 }))]
    fn common_passwords_are_rejected_at_any_length(
        #[case] password: &str,
        #[case] expected: Result<(), InvalidPassword>,
    ) {
        assert_eq!(PasswordPolicy::of_at_least(1).check(password, None), expected);
    }

    #[test]
    fn a_password_has_at_most_128_characters() {
        let check = |password: &str| PasswordPolicy::default().check(password, None);
        assert_eq!(check(&"üa".repeat(64)), Ok(()));
        assert_eq!(check(&"üa".repeat(65)), Err(TooLong));
        assert_eq!(check(&"a".repeat(10_000_000)), Err(TooLong));
    }

    #[test]
    fn the_length_of_a_password_does_not_depend_on_its_encoding() {
        let check = |password: &str| PasswordPolicy::default().check(password, None);
        // Twelve characters, of which six remain, and eighteen, of which twelve remain.
        assert_eq!(check(&"e\u{301}o\u{308}".repeat(3)), Err(TooShort { min: 12 }));
        assert_eq!(check(&"e\u{301}a".repeat(6)), Ok(()));
        assert_eq!(check(&"e\u{301}a".repeat(64)), Ok(()));
        assert_eq!(check(&"e\u{301}a".repeat(65)), Err(TooLong));
    }

    #[test]
    fn the_common_passwords_are_sorted_in_lower_case_and_unquoted() {
        assert!(COMMON.is_sorted() && COMMON.len() > 10_000);
        for password in COMMON.iter() {
            assert_eq!(*password, password.to_lowercase());
            assert!(password.len() >= PasswordPolicy::LEAST, "{password}");
            assert!(!password.starts_with('"'), "{password}");
        }
    }

    #[test]
    fn all_ways_to_type_a_password_have_one_form() {
        assert_eq!(prepare("cafe\u{301} au lait"), "café au lait");
        assert_eq!(prepare("two\u{3000}words"), "two words");
        assert_eq!(prepare("Ａ stays"), "Ａ stays");
        assert_eq!(prepare("old\0one"), "old\0one");
    }
}
