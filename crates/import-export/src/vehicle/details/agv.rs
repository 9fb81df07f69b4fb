//! Fields of the details of an AGV, for reading and writing.

use domain::vehicle::{AgvChanges, AgvDetails, ConfigObject, GuideType, Label};
use serde_json::{Map, Value};
use strict_json::{
    Fields,
    fields::{number, parsed},
};

use super::field::{DetailField, Holds, config, detail_fields};

detail_fields! { AgvDetails, AgvChanges {
    required guide_type: GuideType = "guideType", Holds::GuideType, parsed(str::parse::<GuideType>),
        |agv| Some(agv.guide_type.as_str().into());
    optional line_following_config: ConfigObject = "lineFollowingConfig", Holds::Config, config,
        |agv| agv.line_following_config.as_ref().map(ConfigObject::to_value);
    optional load_type: Label = "loadType", Holds::Label { example: "pallet" }, parsed(Label::new),
        |agv| agv.load_type.as_ref().map(|load| load.as_str().into());
    optional max_load_weight: f64 = "maxLoadWeight", Holds::Amount, number, |agv| agv.max_load_weight().map(Into::into);
}}

pub(super) fn read(fields: &mut Fields) -> Option<AgvDetails> {
    let (given, is_whole) = given(fields);
    // Check the weight even if other fields are invalid, in order to report all faults.
    let details = AgvDetails::new(
        given.guide_type.unwrap_or(GuideType::Magnetic),
        given.line_following_config.clone().flatten(),
        given.load_type.clone().flatten(),
        given.max_load_weight.flatten(),
    );
    let details = match details {
        Ok(details) => details,
        Err(fault) => return fields.fault("maxLoadWeight", fault),
    };
    is_whole.then_some(details)
}
