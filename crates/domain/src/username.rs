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

/// The name that somebody logs in with: 1 to 64 characters as the PRECIS profile `UsernameCaseMapped` (RFC 8265) enforces
/// them: letters, digits and ASCII signs, without spaces, controls and invisible characters. Full-width forms become
/// ordinary ones, and capital letters small ones: the enforced form is the one that is kept, shown and compared.
#[derive(Clone)]
pub struct Username {
    text: Arc<str>,
    /// The name with the capital letters that it was given with, which may make it look like another one.
    given: Arc<str>,
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
        let enforced = UsernameCaseMapped::enforce(text).map_err(|_| InvalidUsername::Unsuitable)?;
        if mixes_scripts(&enforced) {
            return Err(InvalidUsername::MixedScripts);
        }
        let name = Self {
            text: enforced.into(),
            given: kept.into(),
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
        let enforced = UsernameCaseMapped::enforce(text).map_or_else(|_| text.to_lowercase(), Into::into);
        Ok(Self {
            text: enforced.into(),
            given: text.into(),
        })
    }

    /// The name as it is shown and compared: with small letters only.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form that names which look alike have in common (Unicode Technical Standard 39, "skeleton"). No two users have
    /// the same.
    #[must_use]
    pub fn skeleton(&self) -> String {
        shape(&self.text)
    }

    /// The same form of the name with its capital letters as they were given: `wiII` looks like `will`, though `wiii`
    /// does not. A new name must not have the skeleton of an existing one in this form either.
    #[must_use]
    pub fn given_skeleton(&self) -> String {
        shape(&self.given)
    }
}

/// The UTS 39 skeleton without regard to case: that of the digit 0 is a capital letter, that of `o` a small one.
fn shape(name: &str) -> String {
    skeleton(name).collect::<String>().to_lowercase()
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
    let looks_like = [name.skeleton(), name.given_skeleton()];
    // In capitals, `I` looks like `l`: `COMMAND-LlNE` is `COMMAND-LINE` to a reader, and `command-llne` to a program.
    let mut reserved = RESERVED
        .iter()
        .flat_map(|word| [shape(word), shape(&word.to_uppercase())]);
    name.as_str().starts_with(UNKNOWN_PREFIX) || reserved.any(|word| looks_like.contains(&word))
}

impl PartialEq for Username {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
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
    #[case(" Ana.Lopez@plant-7 ", Ok("ana.lopez@plant-7"))]
    #[case("김철수", Ok("김철수"))]
    #[case("kim철수", Ok("kim철수"))]
    #[case("анна", Ok("анна"))]
    #[case("ＡＮＡ", Ok("ana"))]
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
    #[case("command-Iine", Err(Reserved))]
    #[case("COMMAND-LlNE", Err(Reserved))]
    #[case("nuII", Err(Reserved))]
    #[case("fIeetwatch", Err(Reserved))]
    #[case("n0body", Err(Reserved))]
    #[case("UNKN0WN", Err(Reserved))]
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
        assert_eq!(skeleton("B0B"), skeleton("BOB"));
        assert_ne!(skeleton("operator-1"), skeleton("operator-2"));
    }

    #[test]
    fn capital_letters_may_make_a_name_look_like_another() {
        let name = |text| Username::new(text).expect("a name");
        assert_eq!(name("wiII").given_skeleton(), name("will").skeleton());
        assert_ne!(name("wiII").skeleton(), name("will").skeleton());
        assert_eq!(name("WILL").skeleton(), name("will").skeleton());
    }

    #[test]
    fn a_name_that_is_known_already_is_found_whatever_the_rules_are_today() {
        let known = |text| Username::known(text).expect("a name");
        assert_eq!(known("Command-Line").as_str(), "command-line");
        assert_eq!(known("ANA LOPEZ").as_str(), "ana lopez");
        assert_eq!(known("ＡＮＡ"), Username::new("ana").expect("a name"));
        assert!(Username::known(" ").is_err());
    }
}
