//! Builders of users and actors.

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

/// Returns an actor who may perform all operations.
#[must_use]
pub fn an_administrator() -> &'static Actor {
    &ADMINISTRATOR
}

/// Returns an actor who may perform all operations within a scope.
#[must_use]
pub fn within(scope: &AccessScope) -> Actor {
    let scope = Arc::new(scope.clone());
    Actor {
        operable: Arc::clone(&scope),
        scope,
        ..Actor::command_line()
    }
}

/// Returns the actor for a user without grants, in the given session.
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

/// Returns the lifetime of a session that expires after `idle` without a refresh. Its total lifetime outlasts every
/// test.
#[must_use]
pub const fn lasting(idle: Duration) -> SessionTtl {
    SessionTtl {
        idle,
        whole: Duration::from_secs(30 * 86_400),
    }
}

/// Returns the origin of requests in tests.
#[must_use]
pub fn an_origin() -> Origin {
    Origin {
        address: Some([192, 0, 2, 7].into()),
        request_id: Some("request 7".into()),
    }
}

/// Starts building a viewer without an organisation, under a unique name.
#[must_use]
pub fn a_user() -> UserBuilder {
    UserBuilder {
        username: format!("user-{}", Uuid::now_v7()),
        role: Role::Viewer,
        organization: None,
        password: a_password_hash("first"),
    }
}

/// Returns a text in the format of a password hash, without hashing.
#[must_use]
pub fn a_password_hash(of: &str) -> PasswordHash {
    PasswordHash::new(format!("$test$v=1${of}"))
}

/// Builder of a user. Tests set the fields that matter to them; the others have defaults.
#[derive(Debug, Clone)]
pub struct UserBuilder {
    username: String,
    role: Role,
    organization: Option<OrganizationId>,
    password: PasswordHash,
}

impl UserBuilder {
    #[must_use]
    pub fn administrator(self) -> Self {
        self.with_role(Role::Admin)
    }

    #[must_use]
    pub fn operator(self) -> Self {
        self.with_role(Role::Operator)
    }

    #[must_use]
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    #[must_use]
    pub fn named(self, username: &str) -> Self {
        Self {
            username: username.to_owned(),
            ..self
        }
    }

    #[must_use]
    pub fn of(self, organization: OrganizationId) -> Self {
        Self {
            organization: Some(organization),
            ..self
        }
    }

    #[must_use]
    pub fn with_password(self, password: PasswordHash) -> Self {
        Self { password, ..self }
    }

    /// Returns the input for creating the user.
    ///
    /// # Panics
    /// Panics if the name is invalid.
    #[must_use]
    pub fn draft(&self) -> NewUser {
        NewUser {
            username: Username::new(&self.username).expect("a username"),
            role: self.role,
            organization_id: self.organization,
            password: self.password.clone(),
        }
    }

    /// Creates the user in a registry.
    ///
    /// # Panics
    /// Panics if the name is invalid, or if the registry rejects the user.
    pub async fn register(&self, users: &dyn UserRepository) -> User {
        let made = users.create(an_administrator(), self.draft()).await;
        made.expect("the user is created")
    }
}
