//! How many fields a document renames: by aliases one document can ask for the same thing very often.

use juniper::{DefaultScalarValue, Definition, Document, Selection};

/// How many fields have an alias, each where it is written. The parser has limited the nesting, so that this may
/// recurse.
pub(super) fn of(document: &Document<'_, DefaultScalarValue>) -> usize {
    let definitions = document.iter().map(|definition| match definition {
        Definition::Operation(operation) => &operation.item.selection_set,
        Definition::Fragment(fragment) => &fragment.item.selection_set,
    });
    definitions.map(|selections| in_selections(selections)).sum()
}

fn in_selections(selections: &[Selection<'_, DefaultScalarValue>]) -> usize {
    let in_one = |selection: &Selection<'_, DefaultScalarValue>| match selection {
        Selection::Field(field) => {
            let nested = field.item.selection_set.as_deref().map_or(0, in_selections);
            usize::from(field.item.alias.is_some()) + nested
        }
        Selection::InlineFragment(fragment) => in_selections(&fragment.item.selection_set),
        Selection::FragmentSpread(_) => 0,
    };
    selections.iter().map(in_one).sum()
}
