use std::sync::Arc;

use domain::UserId;

use crate::{Actor, actor::Origin};

/// The author of an action, as the audit log has it.
#[derive(Debug, Clone)]
pub struct Author {
    /// The user, if it is known.
    pub user_id: Option<UserId>,
    /// Its name, or the mark of a name that no user has.
    pub name: Arc<str>,
    /// From where.
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
