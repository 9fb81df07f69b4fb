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

/// Partial update of a vehicle. Omitted fields keep their values; null clears an optional field. At most one of `amr`,
/// `agv`, `oht` and `forklift` may be given, and it must match the vehicle's type, which never changes.
#[derive(Clone, Debug, GraphQLInputObject)]
#[graphql(scalar = DefaultScalarValue)]
pub struct UpdateVehicleInput {
    /// Display name: 1 to 100 characters, unique within the organisation; must not be null.
    name: Nullable<String>,
    /// Manufacturer: 1 to 100 characters; must not be null.
    manufacturer: Nullable<String>,
    /// Manufacturer's model name: 1 to 100 characters.
    model: Nullable<String>,
    /// Data sheet figures; must not be null.
    specification: Nullable<UpdateVehicleSpecificationInput>,
    /// AMR-specific details; must not be null.
    amr: Nullable<UpdateAmrInput>,
    /// AGV-specific details; must not be null.
    agv: Nullable<UpdateAgvInput>,
    /// OHT-specific details; must not be null.
    oht: Nullable<UpdateOhtInput>,
    /// Forklift-specific details; must not be null.
    forklift: Nullable<UpdateForkliftInput>,
    /// Version of the vehicle that the update is based on. If the vehicle has a different version, nothing is changed
    /// and the error code is CONFLICT. If omitted, the update is applied regardless of other changes.
    version: Option<i32>,
}

/// Partial update of a vehicle's data sheet. Omitted fields keep their values.
#[derive(Clone, Debug, GraphQLInputObject)]
pub struct UpdateVehicleSpecificationInput {
    /// Maximum speed in m/s, greater than 0; must not be null.
    max_speed: Nullable<f64>,
    /// Maximum load in kg, at least 0; must not be null.
    max_load: Nullable<f64>,
    /// Battery capacity in Wh, greater than 0; must not be null.
    battery_capacity: Nullable<f64>,
}

/// Update in the form that the use case takes.
pub(crate) struct Update {
    /// Version that the update is based on; `None` if any version will do.
    pub(crate) expected: Option<Version>,
    pub(crate) changes: Result<VehicleChanges, Violations>,
    pub(crate) words: ClientWords,
}

/// Name of the input field that holds the type-specific details, which the domain calls `details`.
#[derive(Clone, Copy)]
pub(crate) struct ClientWords(&'static str);

impl ClientWords {
    /// Renames the fields of a use case's violations to the fields of the input.
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
            // The use case checks figures together with those of the vehicle, but only if the input is valid. They are
            // checked here as well, so that all violations are reported at once.
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

/// Name of a details field, and its converted content if it was sent.
type Given = (&'static str, Option<Result<DetailsChanges, Violations>>);

/// Returns the first details that were sent, with the name of their field. Adds a violation for every other details
/// field that was sent.
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
            faults.add(field, format!("must not be given together with {}", only.0));
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
