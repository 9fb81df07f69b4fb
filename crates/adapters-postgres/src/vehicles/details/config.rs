//! Configurations, which may be any JSON object.

use domain::vehicle::ConfigObject;
use serde_json::Value;

use crate::vehicles::unreadable::Unreadable;

pub(super) fn config_of(stored: Option<Value>) -> Result<Option<ConfigObject>, Unreadable> {
    stored
        .map(ConfigObject::new)
        .transpose()
        .map_err(Unreadable::because)
}
