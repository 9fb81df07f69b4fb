//! A vehicle that is about to be registered.

use super::{Manufacturer, ModelName, VehicleDetails, VehicleName, VehicleSpecification};
use crate::violation::Violations;

/// The checked fields of a new vehicle. Identity, version and times are given when it is stored; a new vehicle
/// is IDLE and disabled.
#[derive(Debug, Clone, PartialEq)]
pub struct VehicleDraft {
    /// What people call it.
    pub name: VehicleName,
    /// Who built it.
    pub manufacturer: Manufacturer,
    /// The manufacturer's name of this kind of machine.
    pub model: Option<ModelName>,
    /// What it is able to do.
    pub specification: VehicleSpecification,
    /// What only its kind has.
    pub details: VehicleDetails,
}

/// The unchecked fields of a new vehicle. The details have been checked by their own constructors, whose
/// result (faults included) goes into [`VehicleDraft::check`].
#[derive(Debug, Clone, PartialEq)]
pub struct RawDraft {
    /// What people call it.
    pub name: String,
    /// Who built it.
    pub manufacturer: String,
    /// The manufacturer's name of this kind of machine.
    pub model: Option<String>,
    /// Highest speed (m/s), heaviest load (kg), the battery's energy (Wh).
    pub specification: (f64, f64, f64),
    /// What only its kind has, or what is wrong with it (fields with their whole path).
    pub details: Result<VehicleDetails, Violations>,
}

impl VehicleDraft {
    /// Checks all fields.
    ///
    /// # Errors
    /// Names every field that is wrong, those of the details included.
    pub fn check(raw: RawDraft) -> Result<Self, Violations> {
        let mut faults = Violations::default();
        let name = faults.keep("name", VehicleName::new(&raw.name));
        let manufacturer = faults.keep("manufacturer", Manufacturer::new(&raw.manufacturer));
        let model = faults.keep("model", raw.model.as_deref().map(ModelName::new).transpose());
        let (max_speed, max_load, battery_capacity) = raw.specification;
        let specification = faults.nest(
            "specification",
            VehicleSpecification::new(max_speed, max_load, battery_capacity),
        );
        let details = match raw.details {
            Ok(details) => Some(details),
            Err(nested) => {
                nested
                    .iter()
                    .for_each(|fault| faults.add(fault.field.clone(), fault.message.clone()));
                None
            }
        };
        match (name, manufacturer, model, specification, details) {
            (Some(name), Some(manufacturer), Some(model), Some(specification), Some(details)) => Ok(Self {
                name,
                manufacturer,
                model,
                specification,
                details,
            }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::ForkliftDetails;

    #[test]
    fn every_fault_of_a_new_vehicle_is_named_at_once() {
        let faults = VehicleDraft::check(RawDraft {
            name: " ".into(),
            manufacturer: "x".repeat(101),
            model: Some("\n".into()),
            specification: (0.0, 1.0, 1.0),
            details: Err(Violations::of("amr.autonomyLevel", "must be between 0 and 5")),
        })
        .expect_err("all five are bad");
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "name",
                "manufacturer",
                "model",
                "specification.maxSpeed",
                "amr.autonomyLevel"
            ]
        );
    }

    #[test]
    fn a_model_may_be_left_out() {
        let draft = VehicleDraft::check(RawDraft {
            name: " Stapler 1 ".into(),
            manufacturer: "Acme".into(),
            model: None,
            specification: (2.0, 1500.0, 20_000.0),
            details: Ok(VehicleDetails::Forklift(ForkliftDetails::default())),
        })
        .expect("nothing is wrong");
        assert_eq!(draft.name.as_str(), "Stapler 1");
        assert_eq!(draft.model, None);
    }
}
