//! A vehicle to register, as clients send it.

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

/// A vehicle to register: what all have, and exactly one of `amr`, `agv`, `oht` and `forklift`, as `type` says.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct CreateVehicleInput {
    /// What people call it: 1 to 100 characters, unique in its organisation.
    name: String,
    /// Its kind.
    r#type: VehicleType,
    /// Who built it: 1 to 100 characters.
    manufacturer: String,
    /// The manufacturer's name of this kind of machine: 1 to 100 characters.
    model: Option<String>,
    /// What it is able to do.
    specification: VehicleSpecificationInput,
    /// What only an AMR has.
    amr: Option<AmrInput>,
    /// What only an AGV has.
    agv: Option<AgvInput>,
    /// What only an OHT has.
    oht: Option<OhtInput>,
    /// What only a forklift has; `{}` will do.
    forklift: Option<ForkliftInput>,
    /// The organisation that it is to belong to; the caller's own when it is left out.
    organization_id: Option<ID>,
}

/// What a vehicle is able to do, by its data sheet.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct VehicleSpecificationInput {
    /// The highest speed in m/s, above 0.
    max_speed: f64,
    /// The heaviest load in kg, at least 0.
    max_load: f64,
    /// The battery's energy in Wh, above 0.
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
