//! People and programs that log in.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::{
    access::{Role, Standing},
    id::{OrganizationId, UserId},
    text::{InvalidText, checked},
};

/// The name that somebody logs in with: 1 to 64 characters without white space and control characters. Capital and
/// small letters are kept as they were given, and make no difference when names are compared.
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
}

impl Username {
    /// The most characters that it may have.
    pub const MAX_CHARS: usize = 64;

    /// Trims and checks `text`.
    ///
    /// # Errors
    /// When it is empty, too long, or contains white space or a control character.
    pub fn new(text: &str) -> Result<Self, InvalidUsername> {
        let text = checked(text, Self::MAX_CHARS)?;
        if text.chars().any(char::is_whitespace) {
            return Err(InvalidUsername::WhiteSpace);
        }
        Ok(Self {
            text: text.into(),
            key: text.to_lowercase().into(),
        })
    }

    /// The name as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What names are compared by.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
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

/// Somebody who can log in. How it proves who it is, is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its identity, for ever.
    pub id: UserId,
    /// Unique among all users.
    pub username: Username,
    /// What it may do.
    pub role: Role,
    /// The organisation that it belongs to, whose administrators manage it; none for those of the whole plant.
    pub organization_id: Option<OrganizationId>,
    /// Whether it may log in.
    pub is_enabled: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was changed last.
    pub updated_at: OffsetDateTime,
}

impl User {
    /// Where it stands.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        Standing::of(self.role, self.organization_id.is_some())
    }

    /// Whether it keeps the door to everything open: there must always be one who does.
    #[must_use]
    pub fn can_administer_all(&self) -> bool {
        self.is_enabled && self.standing() == Standing::GlobalAdmin
    }
}

/// What is to be changed of a user; `None` leaves it as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// What it may do.
    pub role: Option<Role>,
    /// Whether it may log in.
    pub is_enabled: Option<bool>,
}

impl UserChanges {
    /// The user as it is afterwards, but for the time of the change.
    #[must_use]
    pub fn apply(self, user: &User) -> User {
        User {
            role: self.role.unwrap_or(user.role),
            is_enabled: self.is_enabled.unwrap_or(user.is_enabled),
            ..user.clone()
        }
    }
}

/// Why a text may not be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Too short to resist guessing.
    #[error("must have at least {MIN_PASSWORD_CHARS} characters")]
    TooShort,
    /// So long that it would cost more to check than it is worth.
    #[error("must have at most {MAX_PASSWORD_CHARS} characters")]
    TooLong,
    /// What everybody would try first.
    #[error("must not be the username")]
    IsUsername,
}

/// The least characters of a password, and the most (NIST SP 800-63B-4, section 3.1.1.2: at least 8 where it is not the
/// only factor and 15 where it is, at least 64 allowed; 8 here, because log-ins are slowed and limited).
pub const MIN_PASSWORD_CHARS: usize = 8;
/// See [`MIN_PASSWORD_CHARS`].
pub const MAX_PASSWORD_CHARS: usize = 128;

/// Whether a text may be the password of a user of that name. Any characters will do: rules of composition make
/// passwords worse, not better (NIST SP 800-63B).
///
/// # Errors
/// What is wrong with it.
pub fn check_password(password: &str, username: &Username) -> Result<(), InvalidPassword> {
    check_password_length(password)?;
    match password.to_lowercase() == username.key() {
        true => Err(InvalidPassword::IsUsername),
        false => Ok(()),
    }
}

/// What can be said of a password while it is not known whose it is to be.
///
/// # Errors
/// What is wrong with it.
pub fn check_password_length(password: &str) -> Result<(), InvalidPassword> {
    match password.chars().count() {
        ..MIN_PASSWORD_CHARS => Err(InvalidPassword::TooShort),
        length if length > MAX_PASSWORD_CHARS => Err(InvalidPassword::TooLong),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ana", Ok("ana"))]
    #[case(" Ana.Lopez@plant-7 ", Ok("Ana.Lopez@plant-7"))]
    #[case("김철수", Ok("김철수"))]
    #[case("", Err(InvalidUsername::Text(InvalidText::Empty)))]
    #[case("ana lopez", Err(InvalidUsername::WhiteSpace))]
    #[case("ana\u{3000}lopez", Err(InvalidUsername::WhiteSpace))]
    #[case("ana\0", Err(InvalidUsername::Text(InvalidText::ControlCharacter)))]
    fn a_username_has_no_white_space(#[case] text: &str, #[case] expected: Result<&str, InvalidUsername>) {
        let name = Username::new(text);
        assert_eq!(
            name.as_ref().map(Username::as_str).map_err(|fault| *fault),
            expected
        );
    }

    #[test]
    fn usernames_differ_by_more_than_their_capitals() {
        let name = |text| Username::new(text).expect("a name");
        assert_eq!(name("Änne"), name("äNNE"));
        assert_ne!(name("anne"), name("annette"));
    }

    #[rstest]
    #[case("seven77", Err(InvalidPassword::TooShort))]
    #[case("eight888", Ok(()))]
    #[case("ünïcödé!", Ok(()))]
    #[case("Ana.Lopez", Err(InvalidPassword::IsUsername))]
    fn a_password_is_long_enough_and_not_the_name(
        #[case] password: &str,
        #[case] expected: Result<(), InvalidPassword>,
    ) {
        let username = Username::new("ana.lopez").expect("a name");
        assert_eq!(check_password(password, &username), expected);
    }

    #[test]
    fn a_password_has_an_end() {
        let username = Username::new("ana").expect("a name");
        assert_eq!(check_password(&"ü".repeat(128), &username), Ok(()));
        assert_eq!(
            check_password(&"ü".repeat(129), &username),
            Err(InvalidPassword::TooLong)
        );
    }
}
