use std::sync::Arc;

use domain::{User, UserId};

use crate::{Actor, actor::Origin};

/// Author of an action in the audit log.
#[derive(Debug, Clone)]
pub struct Author {
    /// Id of the user; `None` if the caller is not authenticated.
    pub user_id: Option<UserId>,
    /// Name of the user. A name that no user has is replaced by its mark, see [`NameSeal`](crate::sessions::NameSeal).
    pub name: Arc<str>,
    /// Origin of the call.
    pub origin: Origin,
}

impl Author {
    /// Returns the author of an operation by a user who is not an [`Actor`] yet, such as a log-in.
    #[must_use]
    pub fn of_user(user: &User, origin: &Origin) -> Self {
        Self {
            user_id: Some(user.id),
            name: user.username.as_str().into(),
            origin: origin.clone(),
        }
    }
}

impl From<&Actor> for Author {
    fn from(actor: &Actor) -> Self {
        Self {
            user_id: Some(actor.user_id),
            name: Arc::clone(&actor.username),
            origin: actor.origin.clone(),
        }
    }
}
