//! Replacement of objects and lists for the scalar `JSON` by strings. Juniper would reject them without calling the
//! scalar's parser (see [`crate::json_scalar`]).

use juniper::{
    DefaultScalarValue, Definition, Document, InputValue, Selection, Spanning, Variables,
    meta::{Argument, MetaType, ScalarMeta},
};

use super::{
    edits::{Edit, edited},
    syntax::{SchemaType, root},
};
use crate::{
    json_scalar::{SCALAR_NAME, carried_as_text},
    problem::{Code, Problem},
};

/// Replaces the objects and lists in variables.
pub(super) fn carry_in_variables(
    document: &Document<'_, DefaultScalarValue>,
    variables: &mut Variables,
    schema: &SchemaType,
) {
    for definition in document {
        let Definition::Operation(operation) = definition else {
            continue;
        };
        let declared = operation
            .item
            .variables_definition
            .iter()
            .flat_map(|variables| variables.item.iter());
        for (name, declaration) in declared {
            if let Some(value) = variables.get_mut(name.item) {
                let mut located = Spanning::unlocated(std::mem::replace(value, InputValue::Null));
                for_each_json(
                    &mut located,
                    declaration.var_type.item.innermost_name(),
                    schema,
                    &mut |json| {
                        if let Some(text) = carried_as_text(&json.item) {
                            json.item = InputValue::scalar(text);
                        }
                    },
                );
                *value = located.item;
            }
        }
    }
}

/// Replaces the objects and lists in literals. Returns the new document, `None` if there is nothing to replace, or an
/// error if a literal can't be represented as JSON. Only root fields that an operation selects directly, not in
/// fragments, are searched; deeper fields have no arguments of the scalar `JSON`.
pub(super) fn carry_in_literals(
    document: &Document<'_, DefaultScalarValue>,
    query: &str,
    schema: &SchemaType,
) -> Result<Option<String>, Problem> {
    let mut edits = Vec::new();
    for definition in document {
        let Definition::Operation(operation) = definition else {
            continue;
        };
        let Some(root) = root(operation.item.operation_type, schema) else {
            continue;
        };
        for selection in &operation.item.selection_set {
            let Selection::Field(field) = selection else {
                continue;
            };
            let known = root
                .field_by_name(field.item.name.item)
                .and_then(|field| field.arguments.as_ref());
            if let (Some(known), Some(given)) = (known, &field.item.arguments) {
                edits_of(&given.item.items, known, schema, &mut edits)?;
            }
        }
    }
    Ok((!edits.is_empty()).then(|| edited(query, edits)))
}

fn edits_of(
    given: &[(Spanning<&str>, Spanning<InputValue>)],
    known: &[Argument<DefaultScalarValue>],
    schema: &SchemaType,
    edits: &mut Vec<Edit>,
) -> Result<(), Problem> {
    let mut is_json = true;
    for (name, value) in given {
        let Some(argument) = known.iter().find(|argument| argument.name == name.item) else {
            continue;
        };
        let type_name = argument.arg_type.innermost_name();
        for_each_json(&mut value.clone(), type_name, schema, &mut |json| {
            match carried_as_text(&json.item) {
                // A JSON string is a GraphQL string as well.
                Some(text) => edits.push((json.span, serde_json::Value::from(text).to_string())),
                None => is_json = false,
            }
        });
    }
    if is_json {
        return Ok(());
    }
    let message =
        "a JSON literal must not contain variables, enum values or duplicate keys: send it as a variable";
    Err(Problem::new(Code::ValidationFailed, message))
}

/// Calls `found` for each object and list where the schema expects `JSON`. `type_name` is the name of the type of
/// `value`.
fn for_each_json(
    value: &mut Spanning<InputValue>,
    type_name: &str,
    schema: &SchemaType,
    found: &mut impl FnMut(&mut Spanning<InputValue>),
) {
    let known = schema.concrete_type_by_name(type_name);
    if let Some(MetaType::Scalar(ScalarMeta { name, .. })) = known
        && name == SCALAR_NAME
    {
        if matches!(value.item, InputValue::Object(_) | InputValue::List(_)) {
            found(value);
        }
        return;
    }
    match (&mut value.item, known) {
        (InputValue::Object(fields), Some(MetaType::InputObject(object))) => {
            for (key, field) in fields {
                if let Some(known) = object.input_fields.iter().find(|known| known.name == key.item) {
                    for_each_json(field, known.arg_type.innermost_name(), schema, found);
                }
            }
        }
        (InputValue::List(items), _) => {
            for item in items {
                for_each_json(item, type_name, schema, found);
            }
        }
        _ => {}
    }
}
