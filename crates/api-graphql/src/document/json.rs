//! Replacement of objects and lists for the scalar `JSON` with strings. Juniper would reject them, whatever the
//! scalar's parser accepts (see [`crate::json_scalar`]).

use juniper::{
    DefaultScalarValue, Definition, Document, InputValue, Selection, Spanning, Variables,
    meta::{Argument, MetaType, ScalarMeta},
};

use super::{
    edits::{Edit, edited},
    fragments::Selections,
    syntax::{Operation, SchemaType, root},
};
use crate::{
    json_scalar::{SCALAR_NAME, carried_as_text},
    problem::{Code, Problem},
};

/// Replaces the objects and lists in the variables of the operation that will be executed. Another operation may
/// declare a variable of the same name with another type.
pub(super) fn carry_in_variables(operation: &Operation<'_>, variables: &mut Variables, schema: &SchemaType) {
    let declared = operation
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

/// Replaces the objects and lists in literals: arguments of all fields, and default values of variables. Returns the
/// new document, `None` if there is nothing to replace, or an error if a literal can't be represented as JSON.
pub(super) fn carry_in_literals(
    document: &Document<'_, DefaultScalarValue>,
    query: &str,
    schema: &SchemaType,
) -> Result<Option<String>, Problem> {
    let mut replacements = Replacements {
        schema,
        edits: Vec::new(),
        are_json: true,
    };
    for definition in document {
        match definition {
            Definition::Operation(operation) => replacements.find_in_operation(&operation.item),
            Definition::Fragment(fragment) => {
                let parent = schema.concrete_type_by_name(fragment.item.type_condition.item);
                replacements.find(&fragment.item.selection_set, parent);
            }
        }
    }
    let Replacements { edits, are_json, .. } = replacements;
    if !are_json {
        let message =
            "a JSON literal must not contain variables, enum values or duplicate keys: send it as a variable";
        return Err(Problem::new(Code::ValidationFailed, message));
    }
    Ok((!edits.is_empty()).then(|| edited(query, edits)))
}

/// Replacements of literals in a document, in the order of their spans.
struct Replacements<'s> {
    schema: &'s SchemaType,
    edits: Vec<Edit>,
    /// Whether all literals can be represented as JSON.
    are_json: bool,
}

impl<'s> Replacements<'s> {
    fn find_in_operation(&mut self, operation: &Operation<'_>) {
        let declared = operation
            .variables_definition
            .iter()
            .flat_map(|variables| variables.item.iter());
        for (_, declaration) in declared {
            if let Some(value) = &declaration.default_value {
                self.find_in_value(value, declaration.var_type.item.innermost_name());
            }
        }
        self.find(
            &operation.selection_set,
            root(operation.operation_type, self.schema),
        );
    }

    /// Searches fields of the type `parent`, which is `None` if the schema does not have that type. The recursion is
    /// safe because the parser has limited the nesting.
    fn find(&mut self, selections: Selections<'_>, parent: Option<&'s MetaType>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let known = parent.and_then(|parent| parent.field_by_name(field.item.name.item));
                    let arguments = known.and_then(|known| known.arguments.as_deref());
                    if let (Some(known), Some(given)) = (arguments, &field.item.arguments) {
                        self.find_in_arguments(&given.item.items, known);
                    }
                    if let Some(nested) = &field.item.selection_set {
                        let below = known.map(|known| known.field_type.innermost_name());
                        self.find(
                            nested,
                            below.and_then(|name| self.schema.concrete_type_by_name(name)),
                        );
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.item.type_condition.as_ref();
                    let condition = condition.map(|name| self.schema.concrete_type_by_name(name.item));
                    self.find(&fragment.item.selection_set, condition.unwrap_or(parent));
                }
                // The definition of the fragment is searched instead.
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn find_in_arguments(
        &mut self,
        given: &[(Spanning<&str>, Spanning<InputValue>)],
        known: &[Argument<DefaultScalarValue>],
    ) {
        for (name, value) in given {
            if let Some(argument) = known.iter().find(|argument| argument.name == name.item) {
                self.find_in_value(value, argument.arg_type.innermost_name());
            }
        }
    }

    fn find_in_value(&mut self, value: &Spanning<InputValue>, type_name: &str) {
        for_each_json(&mut value.clone(), type_name, self.schema, &mut |json| {
            match carried_as_text(&json.item) {
                // A JSON string is a GraphQL string as well.
                Some(text) => self
                    .edits
                    .push((json.span, serde_json::Value::from(text).to_string())),
                None => self.are_json = false,
            }
        });
    }
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
