//! Spans of root fields, for traces.

use application::{
    ports::{SpanEnd, SpanKind, SpanStart},
    spans::{self, Span},
};
use juniper::{
    ArcStr, Arguments, BoxFuture, DefaultScalarValue, ExecutionResult, Executor, FieldError, FieldResult,
    GraphQLType, GraphQLValue, GraphQLValueAsync, Registry, Value, meta::MetaType,
};

/// A root type of queries or mutations whose fields have spans, if the operation is part of a trace. Calls that load
/// data for several fields have their own spans; all other fields only convert data that has already been loaded.
pub struct Traced<T>(pub(super) T);

impl<T: GraphQLValue> GraphQLValue for Traced<T> {
    type Context = T::Context;
    type TypeInfo = T::TypeInfo;

    fn type_name(&self, info: &Self::TypeInfo) -> Option<ArcStr> {
        self.0.type_name(info)
    }

    fn concrete_type_name(&self, context: &Self::Context, info: &Self::TypeInfo) -> String {
        self.0.concrete_type_name(context, info)
    }

    fn resolve_field(
        &self,
        info: &Self::TypeInfo,
        field_name: &str,
        arguments: &Arguments<'_>,
        executor: &Executor<'_, '_, Self::Context>,
    ) -> ExecutionResult {
        self.0.resolve_field(info, field_name, arguments, executor)
    }
}

impl<T: GraphQLType> GraphQLType for Traced<T> {
    fn name(info: &Self::TypeInfo) -> Option<ArcStr> {
        T::name(info)
    }

    fn meta(info: &Self::TypeInfo, registry: &mut Registry) -> MetaType {
        T::meta(info, registry)
    }
}

impl<T> GraphQLValueAsync for Traced<T>
where
    T: GraphQLValueAsync,
    T::TypeInfo: Sync,
    T::Context: Sync,
{
    fn resolve_field_async<'a>(
        &'a self,
        info: &'a Self::TypeInfo,
        field_name: &'a str,
        arguments: &'a Arguments<'_>,
        executor: &'a Executor<'_, '_, Self::Context>,
    ) -> BoxFuture<'a, ExecutionResult> {
        let resolving = self.0.resolve_field_async(info, field_name, arguments, executor);
        match open(field_name) {
            Some(span) => Box::pin(spans::within(Some(span), resolving, ended)),
            None => resolving,
        }
    }
}

/// Resolves a field of the subscription into its events, in a span if the operation is part of a trace.
pub(super) async fn traced<T>(
    field_name: &str,
    resolving: impl Future<Output = FieldResult<T>>,
) -> FieldResult<T> {
    spans::within(open(field_name), resolving, ended).await
}

fn open(field_name: &str) -> Option<Span> {
    spans::open(|| SpanStart {
        name: format!("graphql.resolve {field_name}").into(),
        kind: SpanKind::Internal,
        attributes: vec![("graphql.field.name", field_name.to_owned().into())],
    })
}

fn ended<T>(result: &FieldResult<T>) -> SpanEnd {
    SpanEnd::of(result.as_ref().err().map(code))
}

/// Returns the code of an error. Its message is left out, because it may contain names.
fn code(error: &FieldError) -> String {
    let extensions = error.extensions().as_object_value();
    match extensions.and_then(|extensions| extensions.get_field_value("code")) {
        Some(Value::Scalar(DefaultScalarValue::String(code))) => code.clone(),
        _ => "ERROR".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use juniper::{
        EmptyMutation, EmptySubscription, FieldResult, RootNode, Variables, graphql_object, graphql_value,
    };
    use test_builders::SpanNotes;

    use super::*;

    struct Root;

    #[graphql_object(scalar = DefaultScalarValue)]
    impl Root {
        async fn works() -> i32 {
            let span = spans::open(|| SpanStart {
                name: "SELECT vehicles".into(),
                kind: SpanKind::Client,
                attributes: Vec::new(),
            });
            spans::within(span, async { 7 }, |_| SpanEnd::default()).await
        }

        async fn fails() -> FieldResult<Option<i32>> {
            let extensions = graphql_value!({"code": "NOT_FOUND"});
            Err(FieldError::new("Mallory is unknown", extensions))
        }
    }

    async fn answer() -> Value {
        let schema = RootNode::new(
            Traced(Root),
            EmptyMutation::<()>::new(),
            EmptySubscription::<()>::new(),
        );
        let executed = juniper::execute("{ works fails }", None, &schema, &Variables::new(), &()).await;
        executed.expect("a valid document").0
    }

    #[tokio::test]
    async fn each_root_field_has_a_span_with_what_it_does_below() {
        let (value, spans) = SpanNotes::of(answer()).await;
        assert_eq!(value, graphql_value!({"works": 7, "fails": null}));
        let find = |name: &str| {
            let found = spans.iter().find(|span| span.name == name);
            found.unwrap_or_else(|| panic!("{name} is not in {spans:?}"))
        };
        let (works, fails) = (find("graphql.resolve works"), find("graphql.resolve fails"));
        assert_eq!(works.attribute("graphql.field.name"), "works");
        assert_eq!((works.parent, &works.error), (SpanNotes::ROOT, &None));
        assert_eq!(find("SELECT vehicles").parent, works.id);
        assert_eq!(fails.error.as_deref(), Some("NOT_FOUND"));
        assert!(!format!("{spans:?}").contains("Mallory"));
    }

    #[tokio::test]
    async fn without_a_trace_the_fields_are_the_same() {
        assert_eq!(answer().await, graphql_value!({"works": 7, "fails": null}));
    }
}
