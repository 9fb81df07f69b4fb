//! Cost of introspection.
//!
//! Introspection does not count towards the complexity of an operation, because tools request the whole schema at once.
//! It still needs a limit, because types have fields, which have types, and so on. Even a short query could have a huge
//! answer.

use juniper::{DefaultScalarValue, Document, Selection};

use super::{
    fragments::{Fragments, Opened, Selections},
    syntax::Operation,
};

/// Maximum cost of introspection: about twice that of the queries of GraphiQL and code generators.
pub(super) const MAX: u64 = 300_000;

/// Cost of `__schema` and `__type` themselves. Each looks up a type, and adds an object to the answer.
const ROOT: u64 = 500;

/// Returns the introspection cost of an operation: [`ROOT`] for `__schema` and `__type` and 1 for each field below
/// them, with the fields below a list multiplied by its approximate length.
pub(super) fn of<'d>(operation: &'d Operation<'d>, document: &'d Document<'d, DefaultScalarValue>) -> u64 {
    let mut costs = Costs(Fragments::of(document));
    costs.of(&operation.selection_set, &|name| u64::from(is_root(name)))
}

fn is_root(name: &str) -> bool {
    matches!(name, "__schema" | "__type")
}

struct Costs<'d>(Fragments<'d>);

impl<'d> Costs<'d> {
    /// Returns the cost of selections. `items` returns the factor for the fields below a field; the field itself is
    /// ignored if the factor is 0.
    fn of(&mut self, selections: Selections<'d>, items: &dyn Fn(&str) -> u64) -> u64 {
        selections.iter().fold(0, |cost: u64, selection| {
            cost.saturating_add(self.of_one(selection, items))
        })
    }

    fn of_one(
        &mut self,
        selection: &'d Selection<'d, DefaultScalarValue>,
        items: &dyn Fn(&str) -> u64,
    ) -> u64 {
        match selection {
            Selection::Field(field) => match (items(field.item.name.item), &field.item.selection_set) {
                (0, _) => 0,
                (_, None) => 1,
                (items, Some(nested)) => self
                    .of(nested, &items_of_schema)
                    .saturating_mul(items)
                    .saturating_add(if is_root(field.item.name.item) { ROOT } else { 1 }),
            },
            Selection::InlineFragment(fragment) => self.of(&fragment.item.selection_set, items),
            Selection::FragmentSpread(spread) => {
                let name = spread.item.name.item;
                // A fragment has one type, so `items` is the same for all its uses in a valid document.
                match self.0.open(name) {
                    Opened::Measured(cost) => cost,
                    Opened::Unmeasured { selections, .. } => {
                        let cost = self.of(selections, items);
                        self.0.close(name, cost);
                        cost
                    }
                }
            }
        }
    }
}

/// Returns the approximate length of the list in an introspection field; 1 for any other field.
fn items_of_schema(name: &str) -> u64 {
    match name {
        "types" => 100,
        "fields" => 10,
        "inputFields" | "enumValues" | "directives" => 5,
        "possibleTypes" => 4,
        "args" => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::document::syntax::{chosen, parse};

    #[rstest]
    #[case("{ a { b } }", 0)]
    #[case("{ __typename a { __typename } }", 0)]
    #[case("{ __schema { queryType { name } } a }", 502)]
    #[case("{ __type(name: \"A\") { name fields { name } } }", 512)]
    #[case(
        "{ ...F b: __schema { ...T } } fragment F on Q { __schema { ...T } } fragment T on S { types { name } }",
        1_202
    )]
    #[case("{ __schema { types { fields { type { fields { name } } } } } }", 12_601)]
    #[case(
        "{ __schema { ...A } } fragment A on S { types { ...B } } fragment B on T { fields { ...B name } }",
        1_601
    )]
    fn cost_below_a_list_is_multiplied_by_its_length(#[case] query: &str, #[case] expected: u64) {
        let document = parse(query).expect("a document");
        let operation = chosen(&document, None).expect("an operation");
        assert_eq!(of(operation, &document), expected);
    }
}
