//! Loaders that the events of one subscription share.

use std::{sync::Arc, time::Duration};

use domain::{AccessScope, Group, GroupId};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{
    context::Context,
    loading::{Loader, Loaders, Manner},
};

/// For how long groups are remembered from one event to the next: a robot that moves is told ten times a second, and its
/// groups need not be asked for as often. Other rights show other groups, and are asked with anew.
const GROUPS_ARE_KEPT_FOR: Duration = Duration::from_secs(1);

/// Loads more about the vehicles of a subscription's events, on behalf of the client as its rights are by then.
pub(crate) struct EventLoaders {
    context: Context,
    groups: Mutex<Option<KeptGroups>>,
}

struct KeptGroups {
    since: Instant,
    /// The rights that they were asked for with.
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

    /// The loaders of the next event: positions and states are those of that moment.
    pub(crate) fn next(&self) -> Arc<Loaders> {
        let loaders = self.context.fresh_loaders(Manner::Lenient);
        let scope = self.context.present_scope();
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
