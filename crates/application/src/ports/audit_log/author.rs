use std::sync::Arc;

use domain::UserId;

use crate::{Actor, actor::Origin};

/// Author of an action in the audit log.
#[derive(Debug, Clone)]
pub struct Author {
    /// The user; `None` if it is not known.
    pub user_id: Option<UserId>,
    /// Name of the user, or the mark of an unknown name (see [`NameSeal`](crate::sessions::NameSeal)).
    pub name: Arc<str>,
    /// Origin of the call.
    pub origin: Origin,
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
