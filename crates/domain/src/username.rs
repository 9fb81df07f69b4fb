//! Usernames, and the skeletons by which lookalikes are recognised.

use std::sync::Arc;

use precis_profiles::{
    UsernameCaseMapped, UsernameCasePreserved, precis_core::profile::PrecisFastInvocation as _,
};
use unicode_security::{MixedScript as _, mixed_script::AugmentedScriptSet, skeleton};

use crate::text::{InvalidText, checked};

/// Names that a reader of the audit log could take for the system itself, or for a missing or unknown user.
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

/// Prefix of the fingerprints that the audit log records in place of unknown usernames.
pub const UNKNOWN_PREFIX: &str = "unknown:";

/// Name that a user logs in with: 1 to 64 letters, digits and ASCII symbols. The PRECIS profile `UsernameCaseMapped`
/// (RFC 8265) maps full-width forms to ordinary ones, and upper case to lower case. Names are stored, displayed and
/// compared in the mapped form.
#[derive(Clone)]
pub struct Username {
    text: Arc<str>,
    /// Name before case mapping. Its capital letters may make it look like another name.
    given: Arc<str>,
}

/// Reason why a username is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUsername {
    /// The name is empty or too long, or contains a control character.
    #[error(transparent)]
    Text(#[from] InvalidText),
    /// The name contains whitespace.
    #[error("must not contain whitespace")]
    WhiteSpace,
    /// The name contains a character that RFC 8265 does not allow, such as an invisible one, or misplaced right-to-left
    /// letters.
    #[error("must consist of letters, digits and ASCII symbols (RFC 8265)")]
    Unsuitable,
    /// The name mixes scripts that are not written together, such as a Cyrillic а among Latin letters.
    #[error("must not mix letters from scripts that are not written together")]
    MixedScripts,
    /// The name is reserved, looks like a reserved name, or starts with [`UNKNOWN_PREFIX`].
    #[error("is reserved")]
    Reserved,
}

impl Username {
    /// Maximum number of characters after mapping.
    pub const MAX_CHARS: usize = 64;

    /// Checks the name of a new user.
    ///
    /// # Errors
    /// Returns the first rule that the name breaks.
    pub fn new(text: &str) -> Result<Self, InvalidUsername> {
        let text = bounded(text)?;
        if text.chars().any(char::is_whitespace) {
            return Err(InvalidUsername::WhiteSpace);
        }
        let kept = UsernameCasePreserved::enforce(text).map_err(|_| InvalidUsername::Unsuitable)?;
        let enforced = UsernameCaseMapped::enforce(text).map_err(|_| InvalidUsername::Unsuitable)?;
        // The lower-case form may be longer: that of `İ` is two characters.
        checked(&enforced, Self::MAX_CHARS)?;
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

    /// Accepts a name that may predate the current rules, such as one from the store or one typed at log-in. If
    /// [`Username::new`] accepts the same text, the two names are equal.
    ///
    /// # Errors
    /// Fails if `text` is empty or longer than any valid name before mapping, or contains a control character.
    pub fn known(text: &str) -> Result<Self, InvalidText> {
        let text = bounded(text)?;
        let enforced = UsernameCaseMapped::enforce(text).map_or_else(|_| text.to_lowercase(), Into::into);
        Ok(Self {
            text: enforced.into(),
            given: text.into(),
        })
    }

    /// Returns the name in lower case, as it is displayed and compared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the skeleton of the name, which is the same for names that look alike (Unicode Technical Standard 39). A
    /// new user must not have the skeleton of an existing one.
    #[must_use]
    pub fn skeleton(&self) -> String {
        shape(&self.text)
    }

    /// Returns the skeleton of the name before case mapping, which a new user must not share with an existing one
    /// either: `wiII` looks like `will`, although `wiii` does not.
    #[must_use]
    pub fn given_skeleton(&self) -> String {
        shape(&self.given)
    }
}

/// Trims and checks a text before it is mapped. Its length is limited only as far as needed to keep the mapping cheap.
fn bounded(text: &str) -> Result<&str, InvalidText> {
    // A composed letter replaces at most four characters, so a longer text cannot be mapped to a name.
    checked(text, 4 * Username::MAX_CHARS).map_err(|fault| match fault {
        InvalidText::TooLong { actual, .. } => InvalidText::TooLong {
            max: Username::MAX_CHARS,
            actual,
        },
        fault => fault,
    })
}

/// Returns the UTS 39 skeleton in lower case. The skeleton of the digit 0 is the capital letter O, and would otherwise
/// differ from that of `o`.
fn shape(name: &str) -> String {
    skeleton(name).collect::<String>().to_lowercase()
}

/// Returns `true` if a name mixes scripts that are not written together. ASCII letters may be combined with Chinese,
/// Japanese or Korean script, similar to the "highly restrictive" level of UTS 39.
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
    // `I` looks like `l`: `COMMAND-LlNE` is read as `COMMAND-LINE`, but its lower-case form is `command-llne`.
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
    fn a_username_follows_rfc_8265(#[case] text: &str, #[case] expected: Result<&str, InvalidUsername>) {
        let name = Username::new(text);
        assert_eq!(
            name.as_ref().map(Username::as_str).map_err(|fault| *fault),
            expected
        );
    }

    #[test]
    fn usernames_are_compared_without_case_and_width() {
        let name = |text| Username::new(text).expect("a name");
        assert_eq!(name("Änne"), name("äNNE"));
        assert_eq!(name("A\u{308}nne"), name("Änne"));
        assert_eq!(name("ａｎａ"), name("Ana"));
        assert_ne!(name("anne"), name("annette"));
    }

    #[rstest]
    #[case(&"a".repeat(64), None)]
    #[case(&"a".repeat(65), Some(65))]
    // The lower-case form of `İ` is an `i` and a combining dot.
    #[case(&"\u{130}".repeat(32), None)]
    #[case(&"\u{130}".repeat(33), Some(66))]
    // A letter and its combining accent are composed to one character.
    #[case(&"e\u{301}".repeat(64), None)]
    #[case(&"e\u{301}".repeat(65), Some(65))]
    #[case(&"a".repeat(1_000_000), Some(1_000_000))]
    fn a_username_has_at_most_64_characters_after_mapping(
        #[case] text: &str,
        #[case] too_many: Option<usize>,
    ) {
        let expected = match too_many {
            Some(actual) => Err(Text(InvalidText::TooLong { max: 64, actual })),
            None => Ok(()),
        };
        assert_eq!(Username::new(text).map(|_| ()), expected);
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
    fn a_known_name_need_not_follow_the_current_rules() {
        let known = |text| Username::known(text).expect("a name");
        assert_eq!(known("Command-Line").as_str(), "command-line");
        assert_eq!(known("ANA LOPEZ").as_str(), "ana lopez");
        assert_eq!(known("ＡＮＡ"), Username::new("ana").expect("a name"));
        let accents = "e\u{301}".repeat(64);
        assert_eq!(known(&accents), Username::new(&accents).expect("a name"));
        assert!(Username::known(" ").is_err());
    }
}
