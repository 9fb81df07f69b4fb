use std::sync::Arc;

use domain::{Operation, OrganizationId, Violations, vehicle::VehicleDraft};

use crate::{
    Actor, Error,
    error::Result,
    live::Live,
    ports::{Collision, Mode, Registration, VehicleRepository},
};

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

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// Some of its lines are wrong, here all of them with all their faults; nothing was registered.
    #[error("{} faults: nothing was imported", .0.len())]
    Lines(Vec<LineFault>),
    /// Anything else; nothing was registered.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Registers the vehicles of a file: all or none.
pub struct ImportVehicles {
    repository: Arc<dyn VehicleRepository>,
    live: Arc<Live>,
}

impl ImportVehicles {
    /// With what it needs.
    #[must_use]
    pub fn new(repository: Arc<dyn VehicleRepository>, live: Arc<Live>) -> Self {
        Self { repository, live }
    }

    /// Lets those pass who may do it. An API asks before it reads what is sent.
    ///
    /// # Errors
    /// [`crate::Error::Forbidden`] unless the caller is an administrator.
    pub fn permit(&self, actor: &Actor) -> Result<()> {
        actor.must_be_allowed(Operation::CreateVehicles)
    }

    /// Checks all and registers all, or finds out in a rehearsal whether that would do; tells how many they are.
    ///
    /// # Errors
    /// [`ImportFailure::Lines`] with every fault; [`Error::Forbidden`] unless the caller is an administrator;
    /// [`Error::NotFound`] for an organisation that is not there for the caller.
    pub async fn execute(
        &self,
        actor: &Actor,
        organization: Option<OrganizationId>,
        vehicles: Vec<ImportedVehicle>,
        mode: Mode,
    ) -> Result<usize, ImportFailure> {
        self.permit(actor)?;
        let organization = actor.organization_for(organization)?;
        let (lines, registrations) = sorted_out(vehicles).map_err(ImportFailure::Lines)?;
        let created = self
            .repository
            .create_all(actor, organization, registrations, mode)
            .await?
            .map_err(|collisions| ImportFailure::Lines(at_their_lines(&lines, collisions)))?;
        if mode == Mode::Apply {
            self.live.registry_changed(&created);
            self.live.request_key_sync();
            tracing::info!(vehicles = created.len(), "vehicles imported");
        }
        Ok(created.len())
    }
}

/// The lines and the vehicles on them, when nothing is wrong with any.
fn sorted_out(vehicles: Vec<ImportedVehicle>) -> Result<(Vec<u64>, Vec<Registration>), Vec<LineFault>> {
    let (mut lines, mut registrations, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for ImportedVehicle { line, registration } in vehicles {
        match registration {
            Ok(registration) => {
                lines.push(line);
                registrations.push(registration);
            }
            Err(violations) => faults.extend(violations.iter().map(|violation| LineFault {
                line,
                field: violation.field.clone(),
                message: violation.message.clone(),
            })),
        }
    }
    if faults.is_empty() {
        Ok((lines, registrations))
    } else {
        Err(faults)
    }
}

fn at_their_lines(lines: &[u64], collisions: Vec<Collision>) -> Vec<LineFault> {
    let at_its_line = |Collision {
                           index,
                           field,
                           message,
                       }| LineFault {
        line: lines[index],
        field: str::to_owned(field),
        message,
    };
    collisions.into_iter().map(at_its_line).collect()
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
