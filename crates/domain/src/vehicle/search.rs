//! Text search for vehicles.

use super::Vehicle;
use crate::text::text;

text!(
    /// Text to search for in the names, manufacturers and models of vehicles.
    SearchText,
    100
);

impl SearchText {
    /// Returns `true` if the name, manufacturer or model of a vehicle contains the text, ignoring case.
    #[must_use]
    pub fn finds(&self, vehicle: &Vehicle) -> bool {
        let wanted = self.as_str().to_lowercase();
        let model = vehicle.model.as_ref().map_or("", |model| model.as_str());
        [vehicle.name.as_str(), vehicle.manufacturer.as_str(), model]
            .iter()
            .any(|text| text.to_lowercase().contains(&wanted))
    }
}
