//! What is to be changed of a vehicle, as clients send it.

use application::Error;
use domain::{
    Violations,
    vehicle::{
        DetailsChanges, Manufacturer, ModelName, SpecificationChanges, VehicleChanges, VehicleName, Version,
    },
};
use juniper::{DefaultScalarValue, GraphQLInputObject, Nullable};

use super::{
    nullable::{option, value},
    vehicle::{UpdateAgvInput, UpdateAmrInput, UpdateForkliftInput, UpdateOhtInput},
};

/// What is to be changed of a vehicle: a field that is left out stays as it is, and null takes the value of one that
/// may be empty away. At most one of `amr`, `agv`, `oht` and `forklift`: that of its type, which never changes.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct UpdateVehicleInput {
    /// What people call it: 1 to 100 characters, unique in its organisation; not null.
    name: Nullable<String>,
    /// Who built it: 1 to 100 characters; not null.
    manufacturer: Nullable<String>,
    /// The manufacturer's name of this kind of machine: 1 to 100 characters.
    model: Nullable<String>,
    /// What it is able to do; not null.
    specification: Nullable<UpdateVehicleSpecificationInput>,
    /// What only an AMR has; not null.
    amr: Nullable<UpdateAmrInput>,
    /// What only an AGV has; not null.
    agv: Nullable<UpdateAgvInput>,
    /// What only an OHT has; not null.
    oht: Nullable<UpdateOhtInput>,
    /// What only a forklift has; not null.
    forklift: Nullable<UpdateForkliftInput>,
    /// The version that the change is based on: when the vehicle has another one, nothing is changed. When it is left
    /// out, the change is made whatever others have changed.
    version: Option<i32>,
}

/// What is to be changed of a vehicle's data sheet.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateVehicleSpecificationInput {
    /// The highest speed in m/s, above 0; not null.
    max_speed: Nullable<f64>,
    /// The heaviest load in kg, at least 0; not null.
    max_load: Nullable<f64>,
    /// The battery's energy in Wh, above 0; not null.
    battery_capacity: Nullable<f64>,
}

/// An update as the use case takes it.
pub(crate) struct Update {
    /// The version that it is based on.
    pub(crate) expected: Option<Version>,
    /// What is to be changed, or all that is wrong with that.
    pub(crate) changes: Result<VehicleChanges, Violations>,
    /// What the client calls it.
    pub(crate) words: ClientWords,
}

/// The field that the client sent details in. The domain calls it `details`.
#[derive(Clone, Copy)]
pub(crate) struct ClientWords(&'static str);

impl ClientWords {
    /// A use case's error, told of the fields that the client has sent.
    pub(crate) fn of_error(self, error: Error) -> Error {
        match error {
            Error::Invalid(faults) => Error::Invalid(self.of_faults(faults)),
            error => error,
        }
    }

    fn of_faults(self, faults: Violations) -> Violations {
        faults.renamed(|field| match field.strip_prefix("details") {
            Some(rest) if rest.is_empty() || rest.starts_with('.') => format!("{}{rest}", self.0),
            _ => field,
        })
    }
}

impl From<UpdateVehicleInput> for Update {
    fn from(input: UpdateVehicleInput) -> Self {
        let mut faults = Violations::default();
        let name = value(&mut faults, "name", input.name)
            .and_then(|name| faults.keep("name", VehicleName::new(&name)));
        let manufacturer = value(&mut faults, "manufacturer", input.manufacturer)
            .and_then(|manufacturer| faults.keep("manufacturer", Manufacturer::new(&manufacturer)));
        let model = option(input.model)
            .and_then(|model| faults.keep("model", model.as_deref().map(ModelName::new).transpose()));
        let specification = value(&mut faults, "specification", input.specification)
            .and_then(|sheet| faults.nest("specification", sheet.checked()));
        let amr = value(&mut faults, "amr", input.amr).map(|amr| amr.checked().map(DetailsChanges::Amr));
        let agv = value(&mut faults, "agv", input.agv).map(|agv| agv.checked().map(DetailsChanges::Agv));
        let oht = value(&mut faults, "oht", input.oht).map(|oht| oht.checked().map(DetailsChanges::Oht));
        let forklift = value(&mut faults, "forklift", input.forklift)
            .map(|forklift| Ok(DetailsChanges::Forklift(forklift.into())));
        let given = [("amr", amr), ("agv", agv), ("oht", oht), ("forklift", forklift)];
        let (field, details) = the_only_one_of(&mut faults, given);
        let changes = VehicleChanges {
            name,
            manufacturer,
            model,
            specification: specification.unwrap_or_default(),
            details,
            ..VehicleChanges::default()
        };
        let words = ClientWords(field);
        let changes = if faults.is_empty() {
            Ok(changes)
        } else {
            faults.join(
                changes
                    .check_figures()
                    .map_err(|figures| words.of_faults(figures)),
            );
            Err(faults)
        };
        Self {
            expected: input.version.map(|version| Version::from_i64(i64::from(version))),
            changes,
            words,
        }
    }
}

/// Details of a kind, under the name that they were sent by, if they were.
type Given = (&'static str, Option<Result<DetailsChanges, Violations>>);

/// The details that are given, when no others are, and their field.
fn the_only_one_of(
    faults: &mut Violations,
    given: impl IntoIterator<Item = Given>,
) -> (&'static str, Option<DetailsChanges>) {
    let mut only = ("details", None);
    let mut is_there = false;
    for (field, details) in given {
        let Some(details) = details else { continue };
        let details = faults.nest(field, details);
        if is_there {
            faults.add(field, format!("must be left out beside {}", only.0));
        } else {
            (only, is_there) = ((field, details), true);
        }
    }
    only
}

impl UpdateVehicleSpecificationInput {
    fn checked(self) -> Result<SpecificationChanges, Violations> {
        let mut faults = Violations::default();
        let changes = SpecificationChanges {
            max_speed: value(&mut faults, "maxSpeed", self.max_speed),
            max_load: value(&mut faults, "maxLoad", self.max_load),
            battery_capacity: value(&mut faults, "batteryCapacity", self.battery_capacity),
        };
        faults.into_result().map(|()| changes)
    }
}
