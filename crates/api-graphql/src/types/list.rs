//! Lists that add the index of each item to the paths of errors.
//!
//! The path of an error must identify the item that the error belongs to
//! (<https://spec.graphql.org/October2021/#sec-Errors.Error-Result-Format>); otherwise a client would mistake the null
//! of a failed field for its value. Juniper's own lists resolve all items under the path of the list.

use futures::{StreamExt as _, stream::FuturesOrdered};
use juniper::{
    DefaultScalarValue, ExecutionResult, Executor, GraphQLType, GraphQLValue, GraphQLValueAsync, Registry,
    Selection, Value, marker::IsOutputType, meta::MetaType,
};

/// List that adds item indices to the paths of errors in its items. Resolvers return it instead of a `Vec` of objects.
///
/// In Juniper's path, an index is an element like the name of a field. The two can't be confused, because no field name
/// starts with a digit.
#[derive(Clone, Debug)]
pub struct List<T>(Vec<T>);

impl<T> List<T> {
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

/// Names that Juniper needs to create the executor of an item.
#[derive(Clone, Copy)]
struct ItemType<'a> {
    /// Declared type of the items.
    name: &'a str,
    /// Type that has fields: the declared type, or the first member of a declared union.
    with_fields: &'a str,
    /// Any field of `with_fields`.
    field: &'a str,
}

impl<'a> ItemType<'a> {
    /// Returns the item type of the list that an executor resolves; `None` if the items are lists, or have no fields in
    /// which an error could occur.
    fn of<C>(executor: &Executor<'_, 'a, C>) -> Option<Self> {
        let list = executor.current_type();
        if list.list_contents()?.list_contents().is_some() {
            return None;
        }
        let declared = list.innermost_concrete();
        let concrete = match declared {
            MetaType::Union(union) => {
                let alternative = union.of_type_names.first()?;
                executor.schema().concrete_type_by_name(alternative)?
            }
            other => other,
        };
        let fields = match concrete {
            MetaType::Object(object) => &object.fields,
            MetaType::Interface(interface) => &interface.fields,
            _ => return None,
        };
        Some(Self {
            name: declared.name()?,
            with_fields: concrete.name()?,
            field: &fields.first()?.name,
        })
    }
}

async fn resolve_item<'a, T>(
    executor: &'a Executor<'a, 'a, T::Context>,
    info: &'a T::TypeInfo,
    selection: Option<&'a [Selection<'a>]>,
    (index, item): (usize, &'a T),
    item_type: Option<ItemType<'a>>,
) -> Value
where
    T: GraphQLValueAsync,
    T::TypeInfo: Sync,
    T::Context: Sync,
{
    let Some(item_type) = item_type else {
        return executor.resolve_into_value_async(info, item).await;
    };
    let index = index.to_string();
    // Juniper extends the path for fields only, so the index is added as if it were a field. The last step replaces the
    // type of that field with the type of the item.
    let parent = executor.type_sub_executor(Some(item_type.with_fields), selection);
    let place = parent.field_sub_executor(&index, item_type.field, *executor.location(), selection);
    let place = place.type_sub_executor(Some(item_type.name), selection);
    place.resolve_into_value_async(info, item).await
}

impl<T: GraphQLType> GraphQLType for List<T> {
    fn name(_: &T::TypeInfo) -> Option<juniper::ArcStr> {
        None
    }

    fn meta(info: &T::TypeInfo, registry: &mut Registry) -> MetaType {
        registry.build_list_type::<T>(info, None).into_meta()
    }
}

impl<T: GraphQLValue> GraphQLValue for List<T> {
    type Context = T::Context;
    type TypeInfo = T::TypeInfo;

    fn type_name(&self, _: &T::TypeInfo) -> Option<juniper::ArcStr> {
        None
    }

    fn resolve(
        &self,
        info: &T::TypeInfo,
        selection: Option<&[Selection<'_>]>,
        executor: &Executor<'_, '_, T::Context>,
    ) -> ExecutionResult {
        // Only introspection is resolved synchronously, and it uses Juniper's own lists.
        self.0.resolve(info, selection, executor)
    }
}

impl<T> GraphQLValueAsync for List<T>
where
    T: GraphQLValueAsync + Send + Sync,
    T::TypeInfo: Sync,
    T::Context: Sync,
{
    fn resolve_async<'a>(
        &'a self,
        info: &'a T::TypeInfo,
        selection: Option<&'a [Selection<'_>]>,
        executor: &'a Executor<'_, '_, T::Context>,
    ) -> juniper::BoxFuture<'a, ExecutionResult> {
        Box::pin(async move {
            let items = executor.current_type().list_contents();
            let is_null_contagious = items.is_some_and(|item| item.is_non_null());
            let item_type = ItemType::of(executor);
            let mut items: FuturesOrdered<_> = self
                .iter()
                .enumerate()
                .map(|item| resolve_item(executor, info, selection, item, item_type))
                .collect();
            let mut values = Vec::with_capacity(items.len());
            while let Some(value) = items.next().await {
                // A null item of a non-null type makes the whole list null (section 6.4.4 of the specification).
                if is_null_contagious && value.is_null() {
                    return Ok(value);
                }
                values.push(value);
            }
            Ok(Value::list(values))
        })
    }
}

impl<T: IsOutputType<DefaultScalarValue>> IsOutputType<DefaultScalarValue> for List<T> {
    fn mark() {
        T::mark();
    }
}

impl<T: juniper::macros::reflect::BaseType<DefaultScalarValue>>
    juniper::macros::reflect::BaseType<DefaultScalarValue> for List<T>
{
    const NAME: juniper::macros::reflect::Type = T::NAME;
}

impl<T: juniper::macros::reflect::BaseSubTypes<DefaultScalarValue>>
    juniper::macros::reflect::BaseSubTypes<DefaultScalarValue> for List<T>
{
    const NAMES: juniper::macros::reflect::Types = T::NAMES;
}

impl<T: juniper::macros::reflect::WrappedType<DefaultScalarValue>>
    juniper::macros::reflect::WrappedType<DefaultScalarValue> for List<T>
{
    const VALUE: juniper::macros::reflect::WrappedValue =
        <Vec<T> as juniper::macros::reflect::WrappedType<DefaultScalarValue>>::VALUE;
}

#[cfg(test)]
mod tests {
    use juniper::{
        EmptyMutation, EmptySubscription, FieldResult, GraphQLUnion, RootNode, Variables, graphql_object,
    };

    use super::*;

    /// Object whose fields fail if its number is odd.
    struct Cell(i32);

    #[graphql_object(scalar = DefaultScalarValue)]
    impl Cell {
        async fn value(&self) -> FieldResult<i32> {
            if self.0 % 2 == 0 {
                Ok(self.0)
            } else {
                Err("odd".into())
            }
        }

        async fn maybe(&self) -> FieldResult<Option<i32>> {
            if self.0 % 2 == 0 {
                Ok(None)
            } else {
                Err("odd".into())
            }
        }
    }

    struct Row(i32);

    #[graphql_object(scalar = DefaultScalarValue)]
    impl Row {
        fn cells(&self) -> List<Option<Cell>> {
            (0..self.0).map(|n| Some(Cell(n))).collect()
        }

        fn shapes(&self) -> Option<List<Shape>> {
            Some([Shape::Row(Row(0)), Shape::Cell(Cell(1))].into_iter().collect())
        }

        fn words(&self) -> List<&'static str> {
            vec!["a", "b"].into()
        }
    }

    #[derive(GraphQLUnion)]
    #[graphql(scalar = DefaultScalarValue)]
    enum Shape {
        Cell(Cell),
        Row(Row),
    }

    struct Query;

    #[graphql_object(scalar = DefaultScalarValue)]
    impl Query {
        fn rows() -> List<Row> {
            (1..4).map(Row).collect()
        }
    }

    async fn paths(query: &str) -> Vec<String> {
        let schema = RootNode::new(Query, EmptyMutation::<()>::new(), EmptySubscription::<()>::new());
        let executed = juniper::execute(query, None, &schema, &Variables::new(), &()).await;
        let (_, errors) = executed.expect("the document is valid");
        let mut paths: Vec<_> = errors.iter().map(|error| error.path().join("/")).collect();
        paths.sort_unstable();
        paths
    }

    #[tokio::test]
    async fn errors_in_lists_in_lists_name_each_item() {
        let found = paths("{ table: rows { line: cells { maybe } } }").await;
        assert_eq!(found, ["table/1/line/1/maybe", "table/2/line/1/maybe"]);
    }

    #[tokio::test]
    async fn the_path_of_a_field_that_is_not_null_ends_at_the_field() {
        let found = paths("{ rows { cells { value } } }").await;
        assert_eq!(found, ["rows/1/cells/1/value", "rows/2/cells/1/value"]);
    }

    #[tokio::test]
    async fn members_of_a_union_and_fragments_have_paths_too() {
        let found = paths("{ rows { shapes { ...F __typename } } } fragment F on Cell { maybe }").await;
        assert_eq!(
            found,
            [
                "rows/0/shapes/1/maybe",
                "rows/1/shapes/1/maybe",
                "rows/2/shapes/1/maybe"
            ]
        );
    }

    #[tokio::test]
    async fn a_list_of_scalars_behaves_like_any_other_list() {
        assert!(paths("{ rows { words cells { __typename } } }").await.is_empty());
    }
}
