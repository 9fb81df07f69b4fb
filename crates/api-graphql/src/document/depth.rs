//! Depth of a document.

use juniper::{DefaultScalarValue, Definition, Document, Selection};

use super::fragments::{Fragments, Opened, Selections};

/// Returns the number of nested levels of fields of the deepest operation; `{ a { b } }` has two. Fragments do not add
/// levels, and introspection is ignored. The recursion is safe because the parser has limited the nesting.
pub(super) fn of<'d>(document: &'d Document<'d, DefaultScalarValue>) -> u64 {
    let mut levels = Levels(Fragments::of(document));
    let operations = document.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Some(levels.of(&operation.item.selection_set)),
        Definition::Fragment(_) => None,
    });
    operations.max().unwrap_or(0)
}

struct Levels<'d>(Fragments<'d>);

impl<'d> Levels<'d> {
    fn of(&mut self, selections: Selections<'d>) -> u64 {
        selections
            .iter()
            .map(|selection| self.of_one(selection))
            .max()
            .unwrap_or(0)
    }

    fn of_one(&mut self, selection: &'d Selection<'d, DefaultScalarValue>) -> u64 {
        match selection {
            Selection::Field(field) if field.item.name.item.starts_with("__") => 0,
            Selection::Field(field) => {
                let nested = field.item.selection_set.as_deref();
                1 + nested.map_or(0, |nested| self.of(nested))
            }
            Selection::InlineFragment(fragment) => self.of(&fragment.item.selection_set),
            Selection::FragmentSpread(spread) => self.of_fragment(spread.item.name.item),
        }
    }

    fn of_fragment(&mut self, name: &'d str) -> u64 {
        match self.0.open(name) {
            Opened::Measured(levels) => levels,
            Opened::Unmeasured { selections, .. } => {
                let levels = self.of(selections);
                self.0.close(name, levels);
                levels
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::document::syntax::parse;

    #[rstest]
    #[case("{ a }", 1)]
    #[case("{ a { b { c } } d }", 3)]
    #[case("query One { a } query Two { a { b } }", 2)]
    #[case("{ ...F } fragment F on Q { a { ...G } } fragment G on A { b { c } }", 3)]
    #[case("{ ... on Q { a { b } } }", 2)]
    #[case("{ __schema { types { fields { type { ofType { name } } } } } a }", 1)]
    #[case("{ __typename a { __typename } }", 1)]
    #[case("{ a { ...F } } fragment F on A { b { ...F } }", 2)]
    fn depth_counts_fields_but_not_fragments_or_introspection(#[case] query: &str, #[case] expected: u64) {
        let document = parse(query).expect("a document");
        assert_eq!(of(&document), expected);
    }
}
