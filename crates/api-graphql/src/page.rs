//! The arguments by which a page of a list is asked for.

use application::{Error, paging::PageQuery};
use domain::Violations;
use juniper::{FieldError, FieldResult};

use crate::{context::Context, types::Pagination};

/// A page as a client has asked for it: by arguments of their own, or by `pagination`, which is older.
pub(crate) struct AskedPage {
    query: PageQuery,
    /// The argument that holds what was asked for, if it is one.
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

    /// The page as use cases know it.
    pub(crate) fn query(&self) -> PageQuery {
        self.query.clone()
    }

    /// A use case's error as a resolver's. Use cases do not know by which argument their fields came in.
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
    /// Reads the arguments of a connection: how many items from which end, each with the cursor to begin or end at.
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
