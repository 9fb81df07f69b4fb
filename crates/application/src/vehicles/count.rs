use domain::AccessScope;

use crate::ports::VehicleFilter;

/// A count that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Count {
    pub(super) account: u64,
    pub(super) scope: AccessScope,
    pub(super) filter: VehicleFilter,
}
