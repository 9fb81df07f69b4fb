use std::time::Duration;

use domain::{Operation, OrganizationId, Violations, cut, vehicle::VehicleDraft};

use super::{Vehicles, turns::ImportPermit};
use crate::{
    Actor, Error,
    error::Result,
    fairness::Crowded,
    ports::{Collision, Mode, Registration},
};

/// When an import may be tried again that came while others were under way.
pub const IMPORT_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// How many vehicles the live core takes over in one step. It is not to stand still for a hundred thousand.
const AT_ONCE: usize = 100;

/// The most faults of a file that are told.
const MAX_TOLD: usize = Violations::MAX;

/// The most letters of a field's name, and of what is said of it. Both may be quotations of the file.
const MAX_FIELD: usize = 100;
const MAX_MESSAGE: usize = 200;

/// A vehicle of a file, with where it stands there.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedVehicle {
    /// The line at which it begins, counted from 1.
    pub line: u64,
    /// What is to be registered, or all that is wrong with it.
    pub registration: Result<Registration, Violations>,
}

/// What is wrong with a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// The line, counted from 1.
    pub line: u64,
    /// The field, as the file names it.
    pub field: String,
    /// What the field must be, as a sentence without a subject.
    pub message: String,
}

/// What is wrong with a file: the first hundred faults, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFaults {
    told: Vec<LineFault>,
    count: usize,
}

impl FileFaults {
    fn add(&mut self, line: u64, field: &str, message: &str) {
        self.count += 1;
        if self.told.len() < MAX_TOLD {
            self.told.push(LineFault {
                line,
                field: cut(field, MAX_FIELD).into_owned(),
                message: cut(message, MAX_MESSAGE).into_owned(),
            });
        }
    }

    /// The first of them, in the order of the file.
    #[must_use]
    pub fn told(&self) -> &[LineFault] {
        &self.told
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }
}

/// What was read of a file. When anything is wrong with it, only that is kept, and not more than is told: it is not going
/// to be imported.
#[derive(Debug, Default)]
pub struct ImportedFile {
    lines: Vec<u64>,
    registrations: Vec<Registration>,
    faults: FileFaults,
}

impl ImportedFile {
    /// What is wrong with it.
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

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// Some of its lines are wrong; nothing was registered.
    #[error("{} faults: nothing was imported", .0.count())]
    Lines(FileFaults),
    /// Anything else; nothing was registered.
    #[error(transparent)]
    Other(#[from] Error),
}

impl Vehicles {
    /// Checks that a caller may import vehicles. An API asks before it reads a body.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator.
    pub fn may_import(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::CreateVehicles)
    }

    /// Waits for the turn of an import, or of its rehearsal. Reading a large file is work as well: it comes after this.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller is an administrator; [`Error::NotFound`] for an organisation that is not
    /// the caller's; [`Error::RateLimited`] while other imports are under way.
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
                what: "imports at once",
                retry_after: IMPORT_AGAIN_AFTER,
            })?;
        Ok(Import {
            vehicles: self,
            organization,
            _turn: turn,
        })
    }
}

/// An import whose turn it is.
pub struct Import<'a> {
    vehicles: &'a Vehicles,
    organization: OrganizationId,
    _turn: ImportPermit,
}

impl Import<'_> {
    /// Registers all vehicles of a file or none, or finds out in a rehearsal whether that would succeed. Returns how many
    /// they are.
    ///
    /// # Errors
    /// [`ImportFailure::Lines`] with the faults; [`Error::NotFound`] for an organisation that is not there;
    /// [`Error::RateLimited`] while another server imports into the organisation.
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
            for some in registered.chunks(AT_ONCE) {
                changes.vehicles_changed(some);
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

/// A vehicle of a file that is to be registered under a new id, disabled.
impl From<VehicleDraft> for Registration {
    fn from(draft: VehicleDraft) -> Self {
        Self {
            id: None,
            is_enabled: false,
            draft,
        }
    }
}
