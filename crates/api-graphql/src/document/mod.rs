//! A look at a document before Juniper has it.
//!
//! What is done here is what Juniper does not do. Documents are held to the limits of depth, complexity and aliases
//! before anything expensive happens to them, and objects and lists for the scalar `JSON` are carried past Juniper's
//! own checks (see [`crate::json_scalar::Json`]). All need the syntax tree, which Juniper keeps to itself when it executes;
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
mod prepared;
mod roots;
mod syntax;
mod variables;
mod whole_numbers;

use juniper::{DefaultScalarValue, Definition, GraphQLError, OperationType};

pub(crate) use limits::{Costs, check_costs};
pub(crate) use prepared::Prepared;

use roots::Roots;
use syntax::{SchemaType, chosen};

use crate::{
    options::GraphqlOptions,
    problem::{Code, Problem},
    request::Request,
};

/// Why a document is not even given to Juniper.
#[derive(Debug)]
pub(crate) enum DocumentError {
    /// It is no GraphQL.
    Syntax(GraphQLError),
    /// It asks for too much, or for what can't be.
    Problem(Problem),
    /// There is none: the request names one that is not known, or not the one that it holds.
    Request(Problem),
}

/// Holds a request to the limits, and makes it ready for Juniper.
pub(crate) fn prepare(
    mut request: Request,
    schema: &SchemaType,
    options: &GraphqlOptions,
) -> Result<Prepared, DocumentError> {
    whole_numbers::in_variables(&mut request.variables);
    if let Some(query) = large_integers::as_floats(&request.query) {
        request.query = query;
    }
    let settled = {
        let document = parsed(&request.query)?;
        finite::check(&document).map_err(DocumentError::Problem)?;
        whole_numbers::in_literals(&document, &request.query)
    };
    if let Some(query) = settled {
        request.query = query;
    }
    let document = parsed(&request.query)?;
    let operation = chosen(&document, request.operation_name.as_deref());
    let kind = operation.map(|operation| operation.operation_type);
    let complexity = operation.map_or(0, |operation| {
        complexity::of(operation, &document, &request.variables, schema)
    });
    let introspection = operation.map_or(0, |operation| introspection::of(operation, &document));
    let costs = limits::Costs {
        complexity,
        introspection,
    };
    limits::check(&document, costs, options).map_err(DocumentError::Problem)?;
    variables::check(&document, schema).map_err(DocumentError::Problem)?;
    let roots = operation.map(|operation| Roots::of(operation, &document));
    // Which operation it is may be clear only by what Juniper says.
    let needs_caller = roots.as_ref().is_none_or(Roots::needs_caller);
    if kind == Some(OperationType::Subscription) && !roots.is_some_and(|roots| roots.is_single()) {
        let message = "a subscription must select exactly one root field, and none of introspection";
        return Err(DocumentError::Problem(Problem::new(
            Code::ValidationFailed,
            message,
        )));
    }
    json::carry_in_variables(&document, &mut request.variables, schema);
    let carried = json::carry_in_literals(&document, &request.query, schema);
    if let Some(query) = carried.map_err(DocumentError::Problem)? {
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

fn parsed(query: &str) -> Result<Vec<Definition<'_, DefaultScalarValue>>, DocumentError> {
    syntax::parse(query).map_err(|error| DocumentError::Syntax(GraphQLError::ParseError(error)))
}
