//! Users, and those on whose behalf tests do things.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use application::{
    Actor, Origin,
    ports::{NewUser, PasswordHash, SessionTtl, UserRepository},
};
use domain::{AccessScope, OrganizationId, Role, SessionId, User, Username};
use uuid::Uuid;

static ADMINISTRATOR: LazyLock<Actor> = LazyLock::new(Actor::command_line);

/// The actor who may do everything.
#[must_use]
pub fn an_administrator() -> &'static Actor {
    &ADMINISTRATOR
}

/// An actor who may do everything within a scope.
#[must_use]
pub fn within(scope: &AccessScope) -> Actor {
    let scope = Arc::new(scope.clone());
    Actor {
        operable: Arc::clone(&scope),
        scope,
        ..Actor::command_line()
    }
}

/// A user as one who does something, in a session if there is one.
#[must_use]
pub fn acting_as(user: &User, session: Option<SessionId>) -> Actor {
    let scope = Arc::new(AccessScope::of_user(user.role, user.organization_id, []));
    Actor {
        user_id: user.id,
        username: user.username.as_str().into(),
        role: user.role,
        organization_id: user.organization_id,
        operable: Arc::clone(&scope),
        scope,
        session_id: session,
        origin: an_origin(),
    }
}

/// A session that is over when it is not refreshed for so long, and otherwise outlasts every test.
#[must_use]
pub const fn lasting(idle: Duration) -> SessionTtl {
    SessionTtl {
        idle,
        whole: Duration::from_secs(30 * 86_400),
    }
}

/// Somewhere that somebody calls from.
#[must_use]
pub fn an_origin() -> Origin {
    Origin {
        address: Some([192, 0, 2, 7].into()),
        request_id: Some("request 7".into()),
    }
}

/// A viewer of no organisation, with a name of its own.
#[must_use]
pub fn a_user() -> UserBuilder {
    UserBuilder {
        username: format!("user-{}", Uuid::now_v7()),
        role: Role::Viewer,
        organization: None,
        password: a_password_hash("first"),
    }
}

/// Something that looks like a hash of a password; nothing has to be hashed for it.
#[must_use]
pub fn a_password_hash(of: &str) -> PasswordHash {
    PasswordHash::new(format!("$test$v=1${of}"))
}

/// A user under construction: a test gives the fields that it depends on, the others have values.
#[derive(Debug, Clone)]
pub struct UserBuilder {
    username: String,
    role: Role,
    organization: Option<OrganizationId>,
    password: PasswordHash,
}

impl UserBuilder {
    /// Makes it an administrator.
    #[must_use]
    pub fn administrator(self) -> Self {
        self.who_is(Role::Admin)
    }

    /// Makes it an operator.
    #[must_use]
    pub fn operator(self) -> Self {
        self.who_is(Role::Operator)
    }

    /// Gives it a role.
    #[must_use]
    pub fn who_is(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// Names it.
    #[must_use]
    pub fn named(self, username: &str) -> Self {
        Self {
            username: username.to_owned(),
            ..self
        }
    }

    /// Puts it into an organisation.
    #[must_use]
    pub fn of(self, organization: OrganizationId) -> Self {
        Self {
            organization: Some(organization),
            ..self
        }
    }

    /// Gives it the hash of a password.
    #[must_use]
    pub fn with_password(self, password: PasswordHash) -> Self {
        Self { password, ..self }
    }

    /// Returns the values from which a repository makes it.
    ///
    /// # Panics
    /// When the name is none.
    #[must_use]
    pub fn draft(&self) -> NewUser {
        NewUser {
            username: Username::new(&self.username).expect("a username"),
            role: self.role,
            organization_id: self.organization,
            password: self.password.clone(),
        }
    }

    /// Makes it.
    ///
    /// # Panics
    /// When the registry refuses.
    pub async fn register(&self, users: &dyn UserRepository) -> User {
        let made = users.create(an_administrator(), self.draft()).await;
        made.expect("the user is made")
    }
}
