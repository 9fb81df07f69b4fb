//! Literal values of a document.

use juniper::{DefaultScalarValue, Definition, Document, InputValue, Selection, Spanning};

/// Calls `found` with the name and the value of every argument of a field, and of every variable that has a default
/// value.
pub(super) fn for_each<'d>(
    document: &'d Document<'d, DefaultScalarValue>,
    found: &mut impl FnMut(&'d str, &'d Spanning<InputValue>),
) {
    for definition in document {
        match definition {
            Definition::Operation(operation) => {
                let declared = operation.item.variables_definition.iter();
                for (name, variable) in declared.flat_map(|variables| &variables.item.items) {
                    variable
                        .default_value
                        .iter()
                        .for_each(|value| found(name.item, value));
                }
                in_selections(&operation.item.selection_set, found);
            }
            Definition::Fragment(fragment) => in_selections(&fragment.item.selection_set, found),
        }
    }
}

// The recursion is safe because the parser has limited the nesting.
fn in_selections<'d>(
    selections: &'d [Selection<'d, DefaultScalarValue>],
    found: &mut impl FnMut(&'d str, &'d Spanning<InputValue>),
) {
    for selection in selections {
        match selection {
            Selection::Field(field) => {
                let arguments = field.item.arguments.iter();
                for (name, value) in arguments.flat_map(|arguments| &arguments.item.items) {
                    found(name.item, value);
                }
                if let Some(nested) = &field.item.selection_set {
                    in_selections(nested, found);
                }
            }
            Selection::InlineFragment(fragment) => in_selections(&fragment.item.selection_set, found),
            Selection::FragmentSpread(_) => {}
        }
    }
}
