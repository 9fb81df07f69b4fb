use application::vehicles::NewVehicle;
use domain::{
    Violations,
    vehicle::{ForkliftDetails, OhtDetails, RawDraft, VehicleDetails, VehicleDraft, VehicleType as Kind},
};
use juniper::{DefaultScalarValue, GraphQLInputObject, ID};

use super::{
    VehicleType,
    vehicle::{AgvInput, AmrInput, ForkliftInput, OhtInput},
};
use crate::ids::parsed_id;

/// Vehicle to register: the fields that all types have in common, and exactly one of `amr`, `agv`, `oht` and
/// `forklift`, matching `type`.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct CreateVehicleInput {
    /// Display name: 1 to 100 characters, unique within the organisation.
    name: String,
    /// Type of the vehicle. It cannot be changed later.
    r#type: VehicleType,
    /// Manufacturer: 1 to 100 characters.
    manufacturer: String,
    /// Manufacturer's model name: 1 to 100 characters.
    model: Option<String>,
    /// Data sheet figures.
    specification: VehicleSpecificationInput,
    /// AMR-specific details.
    amr: Option<AmrInput>,
    /// AGV-specific details.
    agv: Option<AgvInput>,
    /// OHT-specific details.
    oht: Option<OhtInput>,
    /// Forklift-specific details. All of them are optional, so `{}` is sufficient.
    forklift: Option<ForkliftInput>,
    /// Organisation that the vehicle will belong to. Defaults to the caller's organisation, or to the default
    /// organisation if the caller belongs to none.
    organization_id: Option<ID>,
}

/// Performance figures from a vehicle's data sheet.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct VehicleSpecificationInput {
    /// Maximum speed in m/s, greater than 0.
    max_speed: f64,
    /// Maximum load in kg, at least 0.
    max_load: f64,
    /// Battery capacity in Wh, greater than 0.
    battery_capacity: f64,
}

impl From<CreateVehicleInput> for NewVehicle {
    fn from(input: CreateVehicleInput) -> Self {
        let CreateVehicleInput {
            name,
            r#type,
            manufacturer,
            model,
            specification,
            amr,
            agv,
            oht,
            forklift,
            organization_id,
        } = input;
        let given = [
            amr.map(|amr| (Kind::Amr, amr.check().map(VehicleDetails::Amr))),
            agv.map(|agv| (Kind::Agv, agv.check().map(VehicleDetails::Agv))),
            oht.map(|oht| (Kind::Oht, OhtDetails::new(oht.into()).map(VehicleDetails::Oht))),
            forklift.map(|forklift| {
                let details = ForkliftDetails::new(forklift.into()).map(VehicleDetails::Forklift);
                (Kind::Forklift, details)
            }),
        ];
        let VehicleSpecificationInput {
            max_speed,
            max_load,
            battery_capacity,
        } = specification;
        let draft = VehicleDraft::check(RawDraft {
            name,
            manufacturer,
            model,
            specification: (max_speed, max_load, battery_capacity),
            details: VehicleDetails::the_one_of(r#type.into(), given.into_iter().flatten()),
        });
        let mut faults = Violations::default();
        let draft = faults.join(draft);
        let organization = organization_id.as_ref().map(|id| parsed_id("organizationId", id));
        let organization = faults.join(organization.transpose()).flatten();
        Self {
            organization,
            draft: match draft {
                Some(draft) if faults.is_empty() => Ok(draft),
                _ => Err(faults),
            },
        }
    }
}
