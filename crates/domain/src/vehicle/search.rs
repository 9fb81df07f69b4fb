//! Finding vehicles by what people remember of them.

use super::Vehicle;
use crate::text::text;

text!(
    /// A part of a vehicle's name, manufacturer or model.
    SearchText,
    100
);

impl SearchText {
    /// Whether a vehicle has it in its name, manufacturer or model. Capital and small letters are the same.
    #[must_use]
    pub fn finds(&self, vehicle: &Vehicle) -> bool {
        let wanted = self.as_str().to_lowercase();
        let model = vehicle.model.as_ref().map_or("", |model| model.as_str());
        [vehicle.name.as_str(), vehicle.manufacturer.as_str(), model]
            .iter()
            .any(|text| text.to_lowercase().contains(&wanted))
    }
}
