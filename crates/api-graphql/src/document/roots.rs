//! Root fields of an operation.

use std::collections::HashSet;

use juniper::{DefaultScalarValue, Definition, Document, Selection};

use super::syntax::Operation;

type Selections<'d> = &'d [Selection<'d, DefaultScalarValue>];

/// Root fields that need no access token, because clients without one use them to obtain or revoke tokens.
const PUBLIC_FIELDS: [&str; 3] = ["login", "refreshToken", "logout"];

/// Root fields that an operation selects.
pub(super) struct Roots<'d> {
    document: &'d Document<'d, DefaultScalarValue>,
    /// Response names of the fields: their aliases or names.
    names: HashSet<&'d str>,
    /// Fragments that have been visited. Each is visited once, so cyclic fragments do not cause infinite recursion.
    spread: HashSet<&'d str>,
    has_introspection: bool,
    /// Whether any field needs an authenticated caller.
    needs_caller: bool,
}

impl<'d> Roots<'d> {
    pub(super) fn of(operation: &'d Operation<'d>, document: &'d Document<'d, DefaultScalarValue>) -> Self {
        let mut roots = Self {
            document,
            names: HashSet::new(),
            spread: HashSet::new(),
            has_introspection: false,
            needs_caller: false,
        };
        roots.collect(&operation.selection_set);
        roots
    }

    /// Returns `true` if exactly one field is selected, and it is not introspection. Subscriptions require this
    /// (<https://spec.graphql.org/October2021/#sec-Single-root-field>), but Juniper does not check it.
    pub(super) fn is_single(&self) -> bool {
        self.names.len() == 1 && !self.has_introspection
    }

    /// Returns `true` if the caller must be authenticated. Introspection does not require it: where it is enabled, the
    /// schema is public.
    pub(super) const fn needs_caller(&self) -> bool {
        self.needs_caller
    }

    fn collect(&mut self, selections: Selections<'d>) {
        for selection in selections {
            match selection {
                Selection::Field(field) => {
                    let field = &field.item;
                    let name = field.name.item;
                    let is_introspection = name.starts_with("__");
                    self.has_introspection |= is_introspection;
                    self.needs_caller |= !is_introspection && !PUBLIC_FIELDS.contains(&name);
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::document::syntax::{chosen, parse};

    #[rstest]
    #[case("mutation { login(username: \"a\", password: \"b\") { accessToken } }", false)]
    #[case("mutation { a: login { x } b: refreshToken { x } logout }", false)]
    #[case("{ __schema { types { name } } __typename }", false)]
    #[case("{ vehicles { totalCount } }", true)]
    #[case("{ login: vehicles { totalCount } }", true)]
    #[case("{ ...F } fragment F on Query { me { id } }", true)]
    #[case("mutation { login { x } ... on Mutation { deleteUser(id: 1) } }", true)]
    #[case("{ ...F } fragment F on Query { ...F }", false)]
    fn public_root_fields_need_no_token(#[case] query: &str, #[case] expected: bool) {
        let document = parse(query).expect("a document");
        let operation = chosen(&document, None).expect("an operation");
        assert_eq!(Roots::of(operation, &document).needs_caller(), expected);
    }
}
