//! Parsing of the arguments of connections.

use application::{Error, paging::PageQuery};
use domain::Violations;
use juniper::{FieldError, FieldResult};

use crate::{context::Context, types::Pagination};

/// Page that a client has requested with the arguments `first`, `after`, `last` and `before`, or with the deprecated
/// argument `pagination`.
pub(crate) struct AskedPage {
    query: PageQuery,
    /// Argument that contains the fields of the query as an object; `None` if the fields are arguments themselves.
    argument: Option<&'static str>,
}

const PAGINATION: &str = "pagination";

impl AskedPage {
    fn of(direct: PageQuery, pagination: Option<Pagination>) -> Result<Self, Violations> {
        match pagination {
            None => Ok(Self {
                query: direct,
                argument: None,
            }),
            Some(pagination) if direct == PageQuery::default() => Ok(Self {
                query: pagination.into(),
                argument: Some(PAGINATION),
            }),
            Some(_) => Err(Violations::of(
                PAGINATION,
                "must not be given together with first, after, last or before",
            )),
        }
    }

    pub(crate) fn query(&self) -> PageQuery {
        self.query.clone()
    }

    /// Converts an error of a use case to an error of a resolver. Prefixes the names of invalid fields with the
    /// argument that contains them, which use cases do not know.
    pub(crate) fn fault(&self, context: &Context, error: Error) -> FieldError {
        match (error, self.argument) {
            (Error::Invalid(faults), Some(argument)) => {
                let mut nested = Violations::default();
                nested.nest::<()>(argument, Err(faults));
                context.fault(nested)
            }
            (error, _) => context.fault(error),
        }
    }
}

impl Context {
    pub(crate) fn page(
        &self,
        (first, after): (Option<i32>, Option<String>),
        (last, before): (Option<i32>, Option<String>),
        pagination: Option<Pagination>,
    ) -> FieldResult<AskedPage> {
        let direct = PageQuery {
            first: first.map(i64::from),
            after,
            last: last.map(i64::from),
            before,
        };
        AskedPage::of(direct, pagination).map_err(|faults| self.fault(faults))
    }
}
