//! A subscription has one root field (<https://spec.graphql.org/October2021/#sec-Single-root-field>), which Juniper
//! does not check.

use std::collections::HashSet;

use juniper::{DefaultScalarValue, Definition, Document, Selection};

use super::Operation;

type Selections<'d> = &'d [Selection<'d, DefaultScalarValue>];

/// Whether exactly one field is selected at the root, and it is none of introspection.
pub(super) fn is_kept(operation: &Operation<'_>, document: &Document<'_, DefaultScalarValue>) -> bool {
    let mut roots = Roots {
        document,
        names: HashSet::new(),
        spread: HashSet::new(),
        has_introspection: false,
    };
    roots.collect(&operation.selection_set);
    roots.names.len() == 1 && !roots.has_introspection
}

struct Roots<'d> {
    document: &'d Document<'d, DefaultScalarValue>,
    /// The names that the root fields have in the answer.
    names: HashSet<&'d str>,
    /// The fragments that were looked into.
    spread: HashSet<&'d str>,
    has_introspection: bool,
}

impl<'d> Roots<'d> {
    fn collect(&mut self, selections: Selections<'d>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let field = &field.item;
                    self.has_introspection |= field.name.item.starts_with("__");
                    self.names
                        .insert(field.alias.as_ref().unwrap_or(&field.name).item);
                }
                Selection::InlineFragment(fragment) => self.collect(&fragment.item.selection_set),
                Selection::FragmentSpread(spread) => self.collect_fragment(spread.item.name.item),
            }
        }
    }

    fn collect_fragment(&mut self, name: &'d str) {
        if !self.spread.insert(name) {
            return;
        }
        let fragments = self.document.iter().filter_map(|definition| match definition {
            Definition::Fragment(fragment) if fragment.item.name.item == name => {
                Some(&fragment.item.selection_set)
            }
            _ => None,
        });
        fragments
            .into_iter()
            .for_each(|selections| self.collect(selections));
    }
}
