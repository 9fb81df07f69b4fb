//! Names to log in with.

use std::sync::Arc;

use precis_profiles::{
    UsernameCaseMapped, UsernameCasePreserved, precis_core::profile::PrecisFastInvocation as _,
};
use unicode_security::{MixedScript as _, mixed_script::AugmentedScriptSet, skeleton};

use crate::text::{InvalidText, checked};

/// Names that the system uses for itself, in the audit log above all, and words that programs write for no name.
const RESERVED: &[&str] = &[
    "anonymous",
    "command-line",
    "fleetwatch",
    "nobody",
    "null",
    "server",
    "system",
    "undefined",
    "unknown",
];

/// The prefix of the mark that the audit log has in place of a name that no user has.
pub const UNKNOWN_PREFIX: &str = "unknown:";

/// The name that somebody logs in with: 1 to 64 characters as the PRECIS profile `UsernameCaseMapped` (RFC 8265) has
/// them: letters, digits and ASCII signs, without spaces, controls and invisible characters. Full-width forms become
/// ordinary ones. Capital and small letters are kept as they were given, and make no difference when names are compared.
#[derive(Clone)]
pub struct Username {
    text: Arc<str>,
    key: Arc<str>,
}

/// Why a text is no [`Username`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUsername {
    /// It is no short text at all.
    #[error(transparent)]
    Text(#[from] InvalidText),
    /// A space or something like it.
    #[error("must not contain white space")]
    WhiteSpace,
    /// A character that RFC 8265 has in no name, such as an invisible one, or right-to-left letters in the wrong place.
    #[error("must consist of letters, digits and ASCII signs (RFC 8265)")]
    Unsuitable,
    /// Letters that can pass for those of another script, such as a Cyrillic а among Latin ones.
    #[error("must not mix letters of several scripts")]
    MixedScripts,
    /// A name that the system uses for itself, or one that looks like it.
    #[error("is reserved")]
    Reserved,
}

impl Username {
    /// The most characters that it may have.
    pub const MAX_CHARS: usize = 64;

    /// Checks the name of a user that is to be made.
    ///
    /// # Errors
    /// The first rule that the name breaks.
    pub fn new(text: &str) -> Result<Self, InvalidUsername> {
        let text = checked(text, Self::MAX_CHARS)?;
        if text.chars().any(char::is_whitespace) {
            return Err(InvalidUsername::WhiteSpace);
        }
        let kept = UsernameCasePreserved::enforce(text).map_err(|_| InvalidUsername::Unsuitable)?;
        let key = UsernameCaseMapped::enforce(text).map_err(|_| InvalidUsername::Unsuitable)?;
        if mixes_scripts(&key) {
            return Err(InvalidUsername::MixedScripts);
        }
        let name = Self {
            text: kept.into(),
            key: key.into(),
        };
        if is_reserved(&name) {
            return Err(InvalidUsername::Reserved);
        }
        Ok(name)
    }

    /// Takes a name that may be older than today's rules: one from the store, or one that somebody types to log in. It
    /// compares as [`Username::new`] compares, as far as it can.
    ///
    /// # Errors
    /// When it is empty, too long, or contains a control character.
    pub fn known(text: &str) -> Result<Self, InvalidText> {
        let text = checked(text, Self::MAX_CHARS)?;
        let key = UsernameCaseMapped::enforce(text).map_or_else(|_| text.to_lowercase(), Into::into);
        Ok(Self {
            text: text.into(),
            key: key.into(),
        })
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form by which names are compared.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The form that names which look alike have in common (Unicode Technical Standard 39, "skeleton"). No two users have
    /// the same.
    #[must_use]
    pub fn skeleton(&self) -> String {
        skeleton(&self.key).collect()
    }
}

/// Whether a name has letters of scripts that are not written together. Latin letters are with Chinese, Japanese and
/// Korean ones, as UTS 39 has it for "highly restrictive" names.
fn mixes_scripts(name: &str) -> bool {
    if name.is_single_script() {
        return false;
    }
    let beyond_ascii: String = name.chars().filter(|letter| !letter.is_ascii()).collect();
    let scripts = AugmentedScriptSet::for_str(&beyond_ascii);
    !(scripts.jpan || scripts.kore || scripts.hanb)
}

fn is_reserved(name: &Username) -> bool {
    let looks_like = name.skeleton();
    let mut reserved = RESERVED.iter().map(|word| skeleton(word).collect::<String>());
    name.key().starts_with(UNKNOWN_PREFIX) || reserved.any(|word| word == looks_like)
}

impl PartialEq for Username {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Username {}

impl std::fmt::Display for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::fmt::Debug for Username {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Username({:?})", &*self.text)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{InvalidUsername::*, *};

    #[rstest]
    #[case("ana", Ok("ana"))]
    #[case(" Ana.Lopez@plant-7 ", Ok("Ana.Lopez@plant-7"))]
    #[case("김철수", Ok("김철수"))]
    #[case("kim철수", Ok("kim철수"))]
    #[case("анна", Ok("анна"))]
    #[case("ＡＮＡ", Ok("ANA"))]
    #[case("", Err(Text(InvalidText::Empty)))]
    #[case("ana lopez", Err(WhiteSpace))]
    #[case("ana\u{3000}lopez", Err(WhiteSpace))]
    #[case("ana\0", Err(Text(InvalidText::ControlCharacter)))]
    #[case("an\u{200b}a", Err(Unsuitable))]
    #[case("an\u{202e}a", Err(Unsuitable))]
    #[case("an\u{2066}a", Err(Unsuitable))]
    #[case("an\u{ad}a", Err(Unsuitable))]
    #[case("\u{feff}ana", Err(Unsuitable))]
    #[case("ana\u{fe0f}", Err(Unsuitable))]
    #[case("ana☃", Err(Unsuitable))]
    #[case("\u{430}na", Err(MixedScripts))]
    #[case("command-line", Err(Reserved))]
    #[case("Command-Line", Err(Reserved))]
    #[case("SYSTEM", Err(Reserved))]
    #[case("systern", Err(Reserved))]
    #[case("unknown:0123456789abcdef", Err(Reserved))]
    fn a_username_is_what_rfc_8265_calls_one(
        #[case] text: &str,
        #[case] expected: Result<&str, InvalidUsername>,
    ) {
        let name = Username::new(text);
        assert_eq!(
            name.as_ref().map(Username::as_str).map_err(|fault| *fault),
            expected
        );
    }

    #[test]
    fn usernames_differ_by_more_than_capitals_and_width() {
        let name = |text| Username::new(text).expect("a name");
        assert_eq!(name("Änne"), name("äNNE"));
        assert_eq!(name("A\u{308}nne"), name("Änne"));
        assert_eq!(name("ａｎａ"), name("Ana"));
        assert_ne!(name("anne"), name("annette"));
    }

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        let skeleton = |text| Username::new(text).expect("a name").skeleton();
        assert_eq!(
            skeleton("\u{440}\u{430}\u{443}\u{440}\u{430}\u{4cf}"),
            skeleton("paypal")
        );
        assert_eq!(skeleton("carner"), skeleton("camer"));
        assert_eq!(skeleton("paul"), skeleton("pau1"));
        assert_ne!(skeleton("operator-1"), skeleton("operator-2"));
    }

    #[test]
    fn a_name_that_is_known_already_is_found_whatever_the_rules_are_today() {
        let known = |text| Username::known(text).expect("a name");
        assert_eq!(known("Command-Line").key(), "command-line");
        assert_eq!(known("ANA LOPEZ").key(), "ana lopez");
        assert_eq!(known("ＡＮＡ"), Username::new("ana").expect("a name"));
        assert!(Username::known(" ").is_err());
    }
}
