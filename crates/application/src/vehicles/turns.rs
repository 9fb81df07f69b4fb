use std::{sync::Arc, time::Duration};

use domain::OrganizationId;

use crate::fairness::{Crowded, LanePermit, Lanes};

/// How many imports one server works on at a time.
const IMPORTS_AT_ONCE: usize = 2;

/// How many imports of one organisation, and how many in all, may wait for others.
const MAX_WAITING: usize = 16;

/// How long an import waits for the one before it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The turns of imports: one file at a time in an organisation, so that imports do not get in each other's way, nor in that
/// of everybody else.
pub(super) struct Turns {
    organizations: Arc<Lanes<OrganizationId>>,
    all: Arc<Lanes<()>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            organizations: Lanes::new(1, MAX_WAITING, PATIENCE),
            all: Lanes::new(IMPORTS_AT_ONCE, MAX_WAITING, PATIENCE),
        }
    }
}

/// The turn of an import, until it is dropped.
pub(super) type ImportPermit = (LanePermit<OrganizationId>, LanePermit<()>);

impl Turns {
    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Crowded`] while too many others wait, or after the time that one may wait.
    pub(super) async fn enter(&self, organization: OrganizationId) -> Result<ImportPermit, Crowded> {
        let own = self.organizations.enter(organization).await?;
        let any = self.all.enter(()).await?;
        Ok((own, any))
    }
}
