//! Schemas of optional parameters. Such a parameter is never null.

use serde_json::Value;
use utoipa::openapi::{OpenApi, RefOr, Required, path::Parameter};

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
