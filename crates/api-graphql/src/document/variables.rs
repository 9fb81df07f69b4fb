//! Checks of variable declarations.

use juniper::{DefaultScalarValue, Definition, Document};

use super::syntax::SchemaType;
use crate::problem::{Code, Problem};

/// Rejects default values of unknown types. Juniper's validation would panic, because it looks up the type of a default
/// value without having checked that it exists.
pub(super) fn check(document: &Document<'_, DefaultScalarValue>, schema: &SchemaType) -> Result<(), Problem> {
    let operations = document.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Some(&operation.item),
        Definition::Fragment(_) => None,
    });
    let declared = operations
        .filter_map(|operation| operation.variables_definition.as_ref())
        .flat_map(|variables| variables.item.iter());
    for (_, variable) in declared {
        let name = variable.var_type.item.innermost_name();
        if variable.default_value.is_some() && schema.concrete_type_by_name(name).is_none() {
            let message = format!("Unknown type \"{name}\"");
            return Err(Problem::new(Code::ValidationFailed, message));
        }
    }
    Ok(())
}
