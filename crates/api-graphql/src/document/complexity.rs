//! Complexity of an operation.

use application::paging::PageQuery;
use juniper::{DefaultScalarValue, Document, InputValue, Selection, Spanning, Variables, meta::MetaType};

use super::{
    fragments::{Fragments, Opened, Selections},
    syntax::{Operation, SchemaType, root},
};
use crate::json_scalar;

/// Estimated length of a list without pages.
const WHOLE_LIST: u64 = 100;

/// Complexity of a field of the scalar `JSON`, whose values can be thousands of times larger than those of other
/// scalars. Answers are serialised in memory. A page of 500 audit entries with all fields, their cursors and the
/// information about the page is still within the default limit.
const JSON_VALUE: u64 = 10;

/// Estimated number of groups that a vehicle is a member of.
const GROUPS_OF_A_VEHICLE: u64 = 5;

/// Returns the complexity of an operation: 1 for each field, or [`JSON_VALUE`] for a field of the scalar `JSON`, with
/// the fields below a list multiplied by its requested or estimated length. Fragments are counted wherever they are
/// used; introspection is ignored.
pub(super) fn of<'d>(
    operation: &'d Operation<'d>,
    document: &'d Document<'d, DefaultScalarValue>,
    variables: &Variables,
    schema: &SchemaType,
) -> u64 {
    let mut costs = Costs {
        fragments: Fragments::of(document),
        pages: PageSizes { operation, variables },
        schema,
    };
    costs.of(&operation.selection_set, root(operation.operation_type, schema))
}

type Arguments<'d> = &'d [(Spanning<&'d str>, Spanning<InputValue>)];

fn cost_of_leaf(name: &str, parent: Option<&MetaType>) -> u64 {
    let field = parent.and_then(|parent| parent.field_by_name(name));
    match field {
        Some(field) if field.field_type.innermost_name() == json_scalar::SCALAR_NAME => JSON_VALUE,
        _ => 1,
    }
}

struct Costs<'d> {
    fragments: Fragments<'d>,
    pages: PageSizes<'d>,
    schema: &'d SchemaType,
}

impl<'d> Costs<'d> {
    /// Returns the complexity of fields of the type `parent`, which is `None` if the schema does not have that type.
    /// Validation will then reject the document.
    fn of(&mut self, selections: Selections<'d>, parent: Option<&'d MetaType>) -> u64 {
        selections.iter().fold(0, |cost: u64, selection| {
            cost.saturating_add(self.of_one(selection, parent))
        })
    }

    fn of_one(
        &mut self,
        selection: &'d Selection<'d, DefaultScalarValue>,
        parent: Option<&'d MetaType>,
    ) -> u64 {
        match selection {
            Selection::Field(field) if field.item.name.item.starts_with("__") => 0,
            Selection::Field(field) => match &field.item.selection_set {
                Some(nested) => {
                    let arguments = field.item.arguments.as_ref();
                    let arguments = arguments.map_or(&[][..], |arguments| arguments.item.items.as_slice());
                    self.of_object(field.item.name.item, arguments, nested, parent)
                }
                None => cost_of_leaf(field.item.name.item, parent),
            },
            Selection::InlineFragment(fragment) => {
                let condition = fragment.item.type_condition.as_ref();
                let condition = condition.map(|name| self.schema.concrete_type_by_name(name.item));
                self.of(&fragment.item.selection_set, condition.unwrap_or(parent))
            }
            Selection::FragmentSpread(spread) => self.of_fragment(spread.item.name.item),
        }
    }

    fn of_object(
        &mut self,
        name: &str,
        arguments: Arguments<'d>,
        nested: Selections<'d>,
        parent: Option<&'d MetaType>,
    ) -> u64 {
        let known = parent.and_then(|parent| parent.field_by_name(name));
        let type_name = known.map(|known| known.field_type.innermost_name());
        let items = match name {
            _ if type_name.is_some_and(|name| name.ends_with("Connection")) => self.pages.size_of(arguments),
            // Each object is looked up or changed individually, so it has a cost even without selected fields.
            "nodes" if type_name == Some("Node") => return self.of_each(arguments, nested, "Node"),
            "enableVehicles" | "disableVehicles" | "deleteVehicles" => {
                return self.of_each(arguments, nested, type_name.unwrap_or_default());
            }
            "vehiclesByType" | "enabledVehicles" | "vehiclePositionsUpdated" => WHOLE_LIST,
            "groups" => GROUPS_OF_A_VEHICLE,
            _ => 1,
        };
        let below = self.of(
            nested,
            type_name.and_then(|name| self.schema.concrete_type_by_name(name)),
        );
        items.saturating_mul(below).saturating_add(1)
    }

    /// Returns the complexity of a field whose argument `ids` determines its length.
    fn of_each(&mut self, arguments: Arguments<'_>, nested: Selections<'d>, type_name: &str) -> u64 {
        let below = self.of(nested, self.schema.concrete_type_by_name(type_name));
        let each = below.saturating_add(1);
        self.pages
            .length_of(arguments)
            .saturating_mul(each)
            .saturating_add(1)
    }

    fn of_fragment(&mut self, name: &'d str) -> u64 {
        match self.fragments.open(name) {
            Opened::Measured(cost) => cost,
            Opened::Unmeasured {
                type_condition,
                selections,
            } => {
                let cost = self.of(selections, self.schema.concrete_type_by_name(type_condition));
                self.fragments.close(name, cost);
                cost
            }
        }
    }
}

/// Lengths of lists as requested by arguments.
struct PageSizes<'d> {
    operation: &'d Operation<'d>,
    variables: &'d Variables,
}

impl PageSizes<'_> {
    /// Returns the maximum number of items of a page. If several arguments limit it, the largest limit is used; the
    /// arguments are validated later.
    fn size_of(&self, arguments: Arguments<'_>) -> u64 {
        let sizes = arguments.iter().filter_map(|(name, value)| match name.item {
            "first" | "last" => self.number(&value.item),
            "pagination" => self.first_of(&value.item),
            _ => None,
        });
        let size = sizes.max().unwrap_or(i64::from(PageQuery::DEFAULT_FIRST));
        size.clamp(1, i64::from(PageQuery::MAX_FIRST)).unsigned_abs()
    }

    /// Returns the number of elements of the argument `ids`.
    fn length_of(&self, arguments: Arguments<'_>) -> u64 {
        let ids = arguments.iter().find(|(name, _)| name.item == "ids");
        match ids.and_then(|(_, ids)| self.resolved(&ids.item)) {
            Some(InputValue::List(ids)) => ids.len() as u64,
            // A single value is coerced to a list.
            Some(_) => 1,
            None => 0,
        }
    }

    fn first_of(&self, pagination: &InputValue) -> Option<i64> {
        let InputValue::Object(fields) = self.resolved(pagination)? else {
            return None;
        };
        let (_, first) = fields.iter().find(|(name, _)| name.item == "first")?;
        self.number(&first.item)
    }

    fn number(&self, value: &InputValue) -> Option<i64> {
        match self.resolved(value)? {
            InputValue::Scalar(DefaultScalarValue::Int(number)) => Some(i64::from(*number)),
            _ => None,
        }
    }

    /// Replaces a variable with its value, or with its default value; `None` if it has neither.
    fn resolved<'v>(&'v self, value: &'v InputValue) -> Option<&'v InputValue> {
        let InputValue::Variable(name) = value else {
            return Some(value);
        };
        self.variables.get(&**name).or_else(|| {
            let declared = self
                .operation
                .variables_definition
                .iter()
                .flat_map(|declared| declared.item.iter());
            let (_, declaration) = declared
                .into_iter()
                .find(|(declared, _)| declared.item == &**name)?;
            declaration.default_value.as_ref().map(|default| &default.item)
        })
    }
}

#[cfg(test)]
mod tests {
    use juniper::meta::{Field, InterfaceMeta, ObjectMeta};

    use super::*;
    use crate::{
        document::syntax::{chosen, parse},
        options::GraphqlOptions,
        schema,
    };

    fn fields_of<'s>(type_name: &str, schema: &'s SchemaType) -> &'s [Field<DefaultScalarValue>] {
        match schema.concrete_type_by_name(type_name) {
            Some(
                MetaType::Object(ObjectMeta { fields, .. })
                | MetaType::Interface(InterfaceMeta { fields, .. }),
            ) => fields,
            _ => panic!("{type_name} has no fields"),
        }
    }

    /// Returns the names of those fields of a type whose values have no fields.
    fn leaves_of(type_name: &str, schema: &SchemaType) -> String {
        let is_leaf = |name: &str| schema.concrete_type_by_name(name).is_some_and(MetaType::is_leaf);
        let leaves = fields_of(type_name, schema)
            .iter()
            .filter(|field| is_leaf(field.field_type.innermost_name()))
            .map(|field| field.name.as_str());
        leaves.collect::<Vec<_>>().join(" ")
    }

    fn type_of<'s>(type_name: &str, field: &str, schema: &'s SchemaType) -> &'s str {
        let fields = fields_of(type_name, schema);
        let field = fields.iter().find(|known| known.name == field);
        field.expect("the type has the field").field_type.innermost_name()
    }

    #[test]
    fn the_longest_page_of_each_list_may_contain_all_values_of_its_items() {
        let schema = &schema::build(true).schema;
        let mut pages = 0;
        for list in fields_of("Query", schema) {
            let connection = list.field_type.innermost_name();
            if !connection.ends_with("Connection") {
                continue;
            }
            let item = type_of(type_of(connection, "edges", schema), "node", schema);
            let query = format!(
                "{{ {}(first: {}) {{ edges {{ cursor node {{ {} }} }} pageInfo {{ {} }} totalCount }} }}",
                list.name,
                PageQuery::MAX_FIRST,
                leaves_of(item, schema),
                leaves_of("PageInfo", schema),
            );
            let document = parse(&query).expect("a document");
            let operation = chosen(&document, None).expect("an operation");
            let cost = of(operation, &document, &Variables::new(), schema);
            assert!(cost > u64::from(PageQuery::MAX_FIRST), "{query} costs {cost}");
            let max = GraphqlOptions::default().max_complexity as u64;
            assert!(cost <= max, "{query} costs {cost}");
            pages += 1;
        }
        assert_eq!(pages, 6);
    }
}
