//! Input of organisations. Its schema is `Name`.

use domain::{OrganizationName, Violations};
use serde_json::Value;
use strict_json::{Fields, fields::parsed};

/// Reads the name of an organisation: `{name}`.
pub(crate) fn organization_name(document: Value) -> Result<OrganizationName, Violations> {
    Fields::read(document, |fields| {
        fields.required("name", parsed(OrganizationName::new))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_organization_needs_a_name_and_nothing_else() {
        assert!(organization_name(json!({"name": "Plant 2"})).is_ok());
        for document in [
            json!({}),
            json!({"name": ""}),
            json!({"name": "Plant 2", "colour": "red"}),
        ] {
            assert!(organization_name(document.clone()).is_err(), "{document}");
        }
    }
}
