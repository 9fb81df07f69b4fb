//! Preparation of documents before Juniper processes them.
//!
//! Documents are checked against the limits on depth, complexity and aliases before they cause any expensive work, and
//! objects and lists for the scalar `JSON` are replaced so that they pass Juniper's own checks (see
//! [`crate::json_scalar::Json`]). Juniper itself only limits the tokens, the fields and the nesting. Both steps need
//! the syntax tree, which Juniper does not expose during execution. The document is therefore parsed separately, with a
//! schema whose fields have no arguments, so that any literal is accepted anywhere.

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

/// Reason why a document is rejected before Juniper processes it.
#[derive(Debug)]
pub(crate) enum DocumentError {
    /// The document has syntax errors.
    Syntax(GraphQLError),
    /// The document exceeds a limit or is invalid.
    Problem(Problem),
    /// The request has no document, an unknown hash, or a hash that does not match its document.
    Request(Problem),
}

/// Checks a request against the limits, and prepares it for Juniper.
pub(crate) fn prepare(
    mut request: Request,
    schema: &SchemaType,
    options: &GraphqlOptions,
) -> Result<Prepared, DocumentError> {
    whole_numbers::in_variables(&mut request.variables);
    if let Some(query) = large_integers::as_floats(&request.query) {
        request.query = query;
    }
    // Edits change the positions in the syntax tree, so the document is parsed again below.
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
    // Not the `operationName` of the request, which is required only if the document has several operations.
    let name: Option<String> = operation
        .and_then(|operation| operation.name.as_ref())
        .map(|name| name.item.chars().take(Prepared::MAX_NAME).collect());
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
    // If the operation does not exist, Juniper will report that, but only to authenticated callers.
    let needs_caller = roots.as_ref().is_none_or(Roots::needs_caller);
    if kind == Some(OperationType::Subscription) && !roots.is_some_and(|roots| roots.is_single()) {
        let message = "a subscription must select exactly one root field, and no introspection field";
        return Err(DocumentError::Problem(Problem::new(
            Code::ValidationFailed,
            message,
        )));
    }
    if let Some(operation) = operation {
        json::carry_in_variables(operation, &mut request.variables, schema);
    }
    let carried = json::carry_in_literals(&document, &request.query, schema);
    if let Some(query) = carried.map_err(DocumentError::Problem)? {
        request.query = query;
    }
    Ok(Prepared {
        request,
        kind,
        name,
        complexity,
        introspection,
        needs_caller,
    })
}

fn parsed(query: &str) -> Result<Vec<Definition<'_, DefaultScalarValue>>, DocumentError> {
    syntax::parse(query).map_err(|error| DocumentError::Syntax(GraphQLError::ParseError(error)))
}
