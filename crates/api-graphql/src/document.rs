//! A look at a document before Juniper has it.
//!
//! Two things are done here that Juniper does not do: the depth is limited without counting introspection,
//! and objects and lists for the scalar `JSON` are carried past Juniper's own checks (see
//! [`crate::types::Json`]). Both need the syntax tree, which Juniper keeps to itself when it executes; it is
//! parsed once more, by a schema without arguments of its own, which takes any literal anywhere.

mod depth;
mod json;

use std::sync::LazyLock;

use juniper::{
    Definition, Document, EmptyMutation, EmptySubscription, GraphQLError, OperationType, RootNode, Variables,
    graphql_object, parser::parse_document_source,
};

use crate::{
    problem::{Code, Problem},
    schema::Schema,
};

/// What a client wants executed.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
}

/// Why a document is not even given to Juniper.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is no GraphQL.
    Syntax(GraphQLError),
    /// It asks for too much.
    TooDeep(Problem),
}

/// Makes a request ready for Juniper and tells what kind of operation it is, when that is certain before
/// validation.
pub(crate) fn prepare(
    request: &mut Request,
    schema: &Schema,
    max_depth: usize,
) -> Result<Option<OperationType>, Refusal> {
    let document = parse_document_source(&request.query, &GRAMMAR.schema)
        .map_err(|error| Refusal::Syntax(GraphQLError::ParseError(error)))?;
    let depth = depth::of(&document);
    if depth > max_depth {
        let message = format!("the query is {depth} levels deep, and at most {max_depth} are allowed");
        return Err(Refusal::TooDeep(Problem::new(Code::QueryTooComplex, message)));
    }
    let kind = kind_of(&document, request.operation_name.as_deref());
    json::carry_in_variables(&document, &mut request.variables, &schema.schema);
    if let Some(query) = json::carry_in_literals(&document, &request.query, &schema.schema) {
        request.query = query;
    }
    Ok(kind)
}

fn kind_of(
    document: &Document<'_, juniper::DefaultScalarValue>,
    name: Option<&str>,
) -> Option<OperationType> {
    let mut operations = document.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Some(&operation.item),
        Definition::Fragment(_) => None,
    });
    let chosen = match name {
        Some(name) => operations.find(|operation| operation.name.as_ref().is_some_and(|n| n.item == name)),
        None => operations.next(),
    };
    chosen.map(|operation| operation.operation_type)
}

/// Knows the types of literals, and nothing else.
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
