use domain::AccessScope;

use crate::ports::VehicleFilter;

/// Key under which identical counts of one request are shared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Count {
    pub(super) account: u64,
    pub(super) scope: AccessScope,
    pub(super) filter: VehicleFilter,
}
