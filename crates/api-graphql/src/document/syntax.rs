//! Parsing of documents into syntax trees.

use std::sync::LazyLock;

use juniper::{
    DefaultScalarValue, Definition, Document, EmptyMutation, EmptySubscription, OperationType, RootNode,
    Spanning, graphql_object,
    meta::MetaType,
    parser::{ParseError, parse_document_source},
};

pub(super) type Operation<'d> = juniper::Operation<'d, DefaultScalarValue>;
pub(super) type SchemaType = juniper::SchemaType<DefaultScalarValue>;

/// Parses a document with a schema whose fields have no arguments, so that any literal is accepted anywhere.
pub(super) fn parse(query: &str) -> Result<Vec<Definition<'_, DefaultScalarValue>>, Spanning<ParseError>> {
    parse_document_source(query, &GRAMMAR.schema)
}

/// Returns the operation that will be executed; `None` if there is no operation with that name. Without a name, returns
/// the first; a document with several operations will then be rejected.
pub(super) fn chosen<'d>(
    document: &'d Document<'d, DefaultScalarValue>,
    name: Option<&str>,
) -> Option<&'d Operation<'d>> {
    let mut operations = document.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Some(&operation.item),
        Definition::Fragment(_) => None,
    });
    match name {
        Some(name) => operations.find(|operation| operation.name.as_ref().is_some_and(|n| n.item == name)),
        None => operations.next(),
    }
}

/// Returns the root type for a kind of operation; `None` if the schema has none.
pub(super) fn root(kind: OperationType, schema: &SchemaType) -> Option<&MetaType> {
    match kind {
        OperationType::Query => Some(schema.concrete_query_type()),
        OperationType::Mutation => schema.concrete_mutation_type(),
        OperationType::Subscription => schema.concrete_subscription_type(),
    }
}

/// Root type whose only purpose is to define the types of literals.
struct Literals;

#[graphql_object]
impl Literals {
    fn int() -> i32 {
        0
    }

    fn float() -> f64 {
        0.0
    }

    fn string() -> &'static str {
        ""
    }
}

type Grammar = RootNode<Literals, EmptyMutation, EmptySubscription>;

static GRAMMAR: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(Literals, EmptyMutation::new(), EmptySubscription::new()));
