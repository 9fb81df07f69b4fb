//! Number of aliases in a document. With aliases, a document can select the same field any number of times.

use juniper::{DefaultScalarValue, Definition, Document, Selection};

/// Returns the number of fields with an alias. Fields of a fragment are counted once, however often the fragment is
/// used. The recursion is safe because the parser has limited the nesting.
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
