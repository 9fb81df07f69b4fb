use std::time::Duration;

use domain::{Operation, OrganizationId, Violations, cut, vehicle::VehicleDraft};

use super::{Vehicles, turns::ImportPermit};
use crate::{
    Actor, Error,
    error::Result,
    fairness::Crowded,
    ports::{Collision, Mode, Registration},
};

/// Time after which to retry an import that was refused because others were running.
pub const IMPORT_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Maximum number of vehicles that are passed to the live core at once. A larger number would delay live delivery.
const AT_ONCE: usize = 100;

/// Maximum number of faults in a file that are reported.
const MAX_LISTED: usize = Violations::MAX;

/// Maximum lengths, in characters, of a field's name and of a message. Both may quote the file.
const MAX_FIELD: usize = 100;
const MAX_MESSAGE: usize = 200;

/// A vehicle in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedVehicle {
    /// Line at which the vehicle starts, counted from 1.
    pub line: u64,
    /// The registration, or all violations.
    pub registration: Result<Registration, Violations>,
}

/// A fault in a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// Line, counted from 1.
    pub line: u64,
    /// Name of the field in the file.
    pub field: String,
    /// Description of the fault, for the caller.
    pub message: String,
}

/// The faults of a file: the first 100, and the total number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFaults {
    listed: Vec<LineFault>,
    count: usize,
}

impl FileFaults {
    fn add(&mut self, line: u64, field: &str, message: &str) {
        self.count += 1;
        if self.listed.len() < MAX_LISTED {
            self.listed.push(LineFault {
                line,
                field: cut(field, MAX_FIELD).into_owned(),
                message: cut(message, MAX_MESSAGE).into_owned(),
            });
        }
    }

    /// Returns the first faults, in the order of the file.
    #[must_use]
    pub fn listed(&self) -> &[LineFault] {
        &self.listed
    }

    /// Returns the total number of faults, which may be greater than the number of listed ones.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }
}

/// The content of a file. A file with a fault is not imported, so after the first fault only faults are kept, and only
/// as many as are reported.
#[derive(Debug, Default)]
pub struct ImportedFile {
    lines: Vec<u64>,
    registrations: Vec<Registration>,
    faults: FileFaults,
}

impl ImportedFile {
    #[must_use]
    pub const fn faults(&self) -> &FileFaults {
        &self.faults
    }
}

impl Extend<ImportedVehicle> for ImportedFile {
    fn extend<I: IntoIterator<Item = ImportedVehicle>>(&mut self, vehicles: I) {
        for ImportedVehicle { line, registration } in vehicles {
            match registration {
                Ok(registration) if self.faults.count == 0 => {
                    self.lines.push(line);
                    self.registrations.push(registration);
                }
                Ok(_) => {}
                Err(violations) => {
                    (self.lines, self.registrations) = Default::default();
                    for violation in violations.iter() {
                        self.faults.add(line, &violation.field, &violation.message);
                    }
                    self.faults.count += violations.more();
                }
            }
        }
    }
}

impl FromIterator<ImportedVehicle> for ImportedFile {
    fn from_iter<I: IntoIterator<Item = ImportedVehicle>>(vehicles: I) -> Self {
        let mut file = Self::default();
        file.extend(vehicles);
        file
    }
}

/// Reason why a file was not imported. Nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// Some of the lines are faulty.
    #[error("nothing was imported; number of faults in the file: {}", .0.count())]
    Lines(FileFaults),
    /// Any other error.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Vehicles {
    /// Checks that a caller may import vehicles. APIs call this before they read a body.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator.
    pub fn may_import(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::CreateVehicles)
    }

    /// Waits for the permits to import a file or to rehearse the import. Callers parse the file after this, because
    /// parsing a large file is also work that must be limited.
    ///
    /// # Errors
    /// Returns [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] for an organisation
    /// other than the caller's own, unless the caller belongs to none; [`Error::RateLimited`] while too many other
    /// imports are running.
    pub async fn begin_import(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
    ) -> Result<Import<'_>> {
        self.may_import(actor)?;
        let organization = actor.organization_for(organization)?;
        let turn = self
            .imports
            .enter(organization)
            .await
            .map_err(|Crowded| Error::RateLimited {
                what: "concurrent imports",
                retry_after: IMPORT_AGAIN_AFTER,
            })?;
        Ok(Import {
            vehicles: self,
            organization,
            _turn: turn,
        })
    }
}

/// An import that holds its permits.
pub struct Import<'a> {
    vehicles: &'a Vehicles,
    organization: OrganizationId,
    _turn: ImportPermit,
}

impl Import<'_> {
    /// Registers all vehicles in a file or none of them. In a rehearsal, only checks whether that would succeed.
    /// Returns the number of vehicles.
    ///
    /// # Errors
    /// Returns [`ImportFailure::Lines`] for faults in the file; [`Error::NotFound`] when the organisation does not
    /// exist; [`Error::RateLimited`] while another server is importing into the organisation.
    pub async fn register(
        self,
        actor: &Actor,
        file: ImportedFile,
        mode: Mode,
    ) -> Result<usize, ImportFailure> {
        let Self {
            vehicles: Vehicles {
                repository, changes, ..
            },
            organization,
            _turn,
        } = self;
        if file.faults.count() > 0 {
            return Err(ImportFailure::Lines(file.faults));
        }
        let (lines, registrations) = (file.lines, file.registrations);
        let registered = repository
            .create_all(actor, organization, registrations, mode)
            .await?
            .map_err(|collisions| ImportFailure::Lines(at_their_lines(&lines, &collisions)))?;
        if mode == Mode::Apply {
            // The vehicles are committed. If this future is dropped between chunks, the follower applies the rest.
            for some in registered.chunks(AT_ONCE) {
                changes.vehicles_changed(some);
                // Otherwise, a large import would occupy this thread of the runtime.
                tokio::task::yield_now().await;
            }
            changes.live().request_key_sync();
            tracing::info!(vehicles = registered.len(), "vehicles imported");
        }
        Ok(registered.len())
    }
}

fn at_their_lines(lines: &[u64], collisions: &[Collision]) -> FileFaults {
    let mut faults = FileFaults::default();
    for Collision {
        index,
        field,
        message,
    } in collisions
    {
        faults.add(lines[*index], field, message);
    }
    faults
}

/// Registers the vehicle as disabled, under a new id.
impl From<VehicleDraft> for Registration {
    fn from(draft: VehicleDraft) -> Self {
        Self {
            id: None,
            is_enabled: false,
            draft,
        }
    }
}
