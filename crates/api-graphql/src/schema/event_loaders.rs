//! Loaders for the events of one subscription.

use std::{sync::Arc, time::Duration};

use domain::{AccessScope, Group, GroupId};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    context::Context,
    loading::{Loader, Loaders, Manner},
};

/// Time for which loaded groups are reused by later events. A moving robot causes ten events per second by default, and
/// its groups need not be loaded as often.
const GROUPS_ARE_KEPT_FOR: Duration = Duration::from_secs(1);

/// Source of the loaders for the vehicles in a subscription's events. Each event is loaded with the client's rights at
/// that time.
pub(crate) struct EventLoaders {
    context: Context,
    groups: Mutex<Option<KeptGroups>>,
}

struct KeptGroups {
    since: Instant,
    /// Scope that the groups are loaded with. Other groups may be visible in another scope.
    scope: Arc<AccessScope>,
    loader: Arc<Loader<GroupId, Group>>,
}

impl EventLoaders {
    pub(crate) fn of(context: &Context) -> Self {
        Self {
            context: context.clone(),
            groups: Mutex::new(None),
        }
    }

    /// Returns the loaders for the next event. They load live data again, and groups if those that were loaded before
    /// are too old or belong to another scope.
    pub(crate) fn next(&self) -> Arc<Loaders> {
        let loaders = self.context.fresh_loaders(Manner::Lenient);
        let scope = self.context.current_scope();
        let mut kept = self.groups.lock();
        match &*kept {
            Some(groups) if groups.since.elapsed() < GROUPS_ARE_KEPT_FOR && groups.scope == scope => {
                Arc::new(loaders.with_groups(Arc::clone(&groups.loader)))
            }
            _ => {
                *kept = Some(KeptGroups {
                    since: Instant::now(),
                    scope,
                    loader: loaders.groups_loader(),
                });
                Arc::new(loaders)
            }
        }
    }
}
