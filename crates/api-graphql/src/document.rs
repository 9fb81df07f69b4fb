//! A look at a document before Juniper has it.
//!
//! What is done here is what Juniper does not do. Documents are held to the limits of depth, complexity and aliases
//! before anything expensive happens to them, and objects and lists for the scalar `JSON` are carried past Juniper's
//! own checks (see [`crate::types::Json`]). All need the syntax tree, which Juniper keeps to itself when it executes;
//! it is parsed once more, by a schema without arguments of its own, which takes any literal anywhere.

mod aliases;
mod complexity;
mod depth;
mod edits;
mod finite;
mod fragments;
mod introspection;
mod json;
mod large_integers;
mod limits;
mod literals;
mod roots;
mod variables;
mod whole_numbers;

use std::sync::LazyLock;

use juniper::{
    DefaultScalarValue, Definition, Document, EmptyMutation, EmptySubscription, GraphQLError, OperationType,
    RootNode, graphql_object, meta::MetaType, parser::parse_document_source,
};

pub(crate) use limits::{Costs, check_costs};

use roots::Roots;

use crate::{
    api::GraphqlOptions,
    problem::{Code, Problem},
    request::Request,
    schema::Schema,
};

type Operation<'d> = juniper::Operation<'d, DefaultScalarValue>;
type SchemaType = juniper::SchemaType<DefaultScalarValue>;

/// Why a document is not even given to Juniper.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It is no GraphQL.
    Syntax(GraphQLError),
    /// It asks for too much, or for what can't be.
    Problem(Problem),
    /// There is none: the request names one that is not known, or not the one that it holds.
    Request(Problem),
}

/// A request that is ready for Juniper.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) request: Request,
    /// What kind of operation it is, when that is certain before validation.
    pub(crate) kind: Option<OperationType>,
    /// What it costs.
    pub(crate) complexity: u64,
    /// What it costs beside that to say what it asks of the schema.
    pub(crate) introspection: u64,
    /// Whether it has to be known who asks.
    pub(crate) needs_caller: bool,
}

/// Holds a request to the limits, and makes it ready for Juniper.
pub(crate) fn prepare(
    mut request: Request,
    schema: &Schema,
    options: &GraphqlOptions,
) -> Result<Prepared, Refusal> {
    whole_numbers::in_variables(&mut request.variables);
    if let Some(query) = large_integers::as_floats(&request.query) {
        request.query = query;
    }
    let settled = {
        let document = parsed(&request.query)?;
        finite::check(&document).map_err(Refusal::Problem)?;
        whole_numbers::in_literals(&document, &request.query)
    };
    if let Some(query) = settled {
        request.query = query;
    }
    let document = parsed(&request.query)?;
    let operation = chosen(&document, request.operation_name.as_deref());
    let kind = operation.map(|operation| operation.operation_type);
    let complexity = operation.map_or(0, |operation| {
        complexity::of(operation, &document, &request.variables, &schema.schema)
    });
    let introspection = operation.map_or(0, |operation| introspection::of(operation, &document));
    let costs = limits::Costs {
        complexity,
        introspection,
    };
    limits::check(&document, costs, options).map_err(Refusal::Problem)?;
    variables::check(&document, &schema.schema).map_err(Refusal::Problem)?;
    let roots = operation.map(|operation| Roots::of(operation, &document));
    // Which operation it is may be clear only by what Juniper says.
    let needs_caller = roots.as_ref().is_none_or(Roots::needs_caller);
    if kind == Some(OperationType::Subscription) && !roots.is_some_and(|roots| roots.is_single()) {
        let message = "a subscription must select exactly one root field, and none of introspection";
        return Err(Refusal::Problem(Problem::new(Code::ValidationFailed, message)));
    }
    json::carry_in_variables(&document, &mut request.variables, &schema.schema);
    let carried = json::carry_in_literals(&document, &request.query, &schema.schema);
    if let Some(query) = carried.map_err(Refusal::Problem)? {
        request.query = query;
    }
    Ok(Prepared {
        request,
        kind,
        complexity,
        introspection,
        needs_caller,
    })
}

fn parsed(query: &str) -> Result<Vec<Definition<'_, DefaultScalarValue>>, Refusal> {
    parse_document_source(query, &GRAMMAR.schema)
        .map_err(|error| Refusal::Syntax(GraphQLError::ParseError(error)))
}

/// The operation that will be executed; which one that is may not be clear before validation.
fn chosen<'d>(
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

/// The type whose fields an operation selects first.
fn root(kind: OperationType, schema: &SchemaType) -> Option<&MetaType> {
    match kind {
        OperationType::Query => Some(schema.concrete_query_type()),
        OperationType::Mutation => schema.concrete_mutation_type(),
        OperationType::Subscription => schema.concrete_subscription_type(),
    }
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
