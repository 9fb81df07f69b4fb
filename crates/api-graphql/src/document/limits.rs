//! Limits on documents, for all endpoints.

use juniper::{DefaultScalarValue, Definition, Document};

use super::{aliases, depth, introspection};
use crate::{
    options::GraphqlOptions,
    problem::{Code, Problem},
};

/// Maximum number of fragments in a document. Juniper compares each with every other, which takes seconds for a
/// thousand.
const MAX_FRAGMENTS: usize = 100;

/// Costs of an operation, or of all operations of a batch together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Costs {
    pub(crate) complexity: u64,
    pub(crate) introspection: u64,
}

impl Costs {
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            complexity: self.complexity.saturating_add(other.complexity),
            introspection: self.introspection.saturating_add(other.introspection),
        }
    }
}

/// Checks a document, and the costs of its operation, against the limits.
pub(super) fn check(
    document: &Document<'_, DefaultScalarValue>,
    costs: Costs,
    options: &GraphqlOptions,
) -> Result<(), Problem> {
    let (max_depth, max_aliases) = (options.max_depth, options.max_aliases);
    let depth = depth::of(document);
    if depth > max_depth as u64 {
        return too_complex(format!(
            "the query is {depth} levels deep, but at most {max_depth} are allowed"
        ));
    }
    let aliases = aliases::of(document);
    if aliases > max_aliases {
        return too_complex(format!(
            "the query has {aliases} aliases, but at most {max_aliases} are allowed"
        ));
    }
    let is_fragment = |definition: &&Definition<'_, _>| matches!(definition, Definition::Fragment(_));
    let fragments = document.iter().filter(is_fragment).count();
    if fragments > MAX_FRAGMENTS {
        return too_complex(format!(
            "the query has {fragments} fragments, but at most {MAX_FRAGMENTS} are allowed"
        ));
    }
    check_costs(costs, options)
}

/// Checks the costs of one operation, or of all operations of a batch together, against the limits.
pub(crate) fn check_costs(costs: Costs, options: &GraphqlOptions) -> Result<(), Problem> {
    let Costs {
        complexity,
        introspection,
    } = costs;
    if introspection > introspection::MAX {
        return too_complex("the introspection query is too large: nest fewer lists");
    }
    let max = options.max_complexity;
    if complexity > max as u64 {
        return too_complex(format!(
            "the query costs {complexity}, but at most {max} is allowed: request fewer fields or smaller pages"
        ));
    }
    Ok(())
}

fn too_complex(message: impl AsRef<str>) -> Result<(), Problem> {
    Err(Problem::new(Code::QueryTooComplex, message))
}
