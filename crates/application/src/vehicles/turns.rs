use std::{sync::Arc, time::Duration};

use domain::OrganizationId;

use crate::fairness::{Crowded, LanePermit, Lanes};

/// Maximum number of imports that this server runs at a time.
const IMPORTS_AT_ONCE: usize = 2;

/// Maximum number of waiting imports in the queue of an organisation, and in that of the server.
const MAX_WAITING: usize = 16;

/// Maximum time that an import waits for each of its two permits.
const PATIENCE: Duration = Duration::from_secs(2);

/// Limits the imports that this server runs at a time to one per organisation and [`IMPORTS_AT_ONCE`] in total, so that
/// imports delay neither each other nor other requests for long.
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

/// Permits of a running import, released when they are dropped.
pub(super) type ImportPermit = (LanePermit<OrganizationId>, LanePermit<()>);

impl Turns {
    /// Waits for both permits.
    ///
    /// # Errors
    /// Returns [`Crowded`] when a queue is full, or after the waiting time.
    pub(super) async fn enter(&self, organization: OrganizationId) -> Result<ImportPermit, Crowded> {
        // The organisation's permit is acquired first, so an import that waits for another import of its organisation
        // holds no permit that imports of other organisations need.
        let own = self.organizations.enter(organization).await?;
        let any = self.all.enter(()).await?;
        Ok((own, any))
    }
}
