//! Schemas of optional parameters. Such a parameter is never null. A query parameter may be empty, which has the same
//! meaning as omitting it.

use serde_json::{Value, json};
use utoipa::openapi::{
    OpenApi, RefOr, Required,
    path::{Parameter, ParameterIn},
};

use super::operations::operations;
use crate::schemas::schema;

/// Corrects the schemas of all optional parameters.
pub(super) fn describe(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            for parameter in operation.parameters.iter_mut().flatten() {
                if let RefOr::T(parameter) = parameter
                    && matches!(parameter.required, Required::False)
                {
                    describe_one(parameter);
                }
            }
        }
    }
}

fn describe_one(parameter: &mut Parameter) {
    let Some(described) = parameter.schema.take() else {
        return;
    };
    let described = without_null(serde_json::to_value(described).unwrap_or_default());
    let described = match parameter.parameter_in {
        // An empty list is serialised as an empty string, so the schema of the list itself is enough.
        ParameterIn::Query if described["type"] == "array" => described,
        ParameterIn::Query => json!({"anyOf": [described, {"type": "string", "enum": [""]}]}),
        _ => described,
    };
    parameter.schema = Some(schema(described));
}

/// Returns the schema of the value of an `Option`. utoipa declares an `Option` as `oneOf` this schema and null.
fn without_null(schema: Value) -> Value {
    let of_value = schema["oneOf"].as_array().and_then(|alternatives| {
        let is_null = |schema: &&Value| schema["type"] == "null";
        (alternatives.iter().filter(is_null).count() == 1 && alternatives.len() == 2)
            .then(|| alternatives.iter().find(|schema| !is_null(schema)).cloned())
            .flatten()
    });
    of_value.unwrap_or(schema)
}
