//! What stands in a URL.

use std::{fmt, str::FromStr};

use actix_web::{HttpRequest, web::Query};
use application::paging::PageQuery;
use domain::Violations;

use crate::problem::{Problem, Result};

/// Reads an id in a path.
///
/// # Errors
/// 422 that names the parameter, when it is no UUID.
pub(crate) fn id<T>(name: &str, text: &str) -> Result<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    text.parse()
        .map_err(|fault: T::Err| Violations::of(name, fault.to_string()).into())
}

/// The parameters of a query string that have not been read yet, and what is wrong with those that have. An empty
/// parameter is as good as none: forms send them.
#[derive(Debug)]
pub(crate) struct Parameters {
    rest: Vec<(String, String)>,
    faults: Violations,
}

impl Parameters {
    /// Those of a request.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self> {
        let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string());
        let pairs = pairs.map_err(|fault| Violations::of("query", fault.to_string()))?;
        Ok(Self {
            rest: pairs.into_inner(),
            faults: Violations::default(),
        })
    }

    /// One of them, if it is there.
    pub(crate) fn take<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let mut found = Vec::new();
        self.rest.retain(|(key, value)| {
            let is_it = key == name;
            if is_it {
                found.push(value.clone());
            }
            !is_it
        });
        match found.as_slice() {
            [] => None,
            [one] if one.is_empty() => None,
            [one] => self.faults.keep(name, read(one)),
            _ => {
                self.faults.add(name, "must not stand twice");
                None
            }
        }
    }

    /// Which page of a list.
    pub(crate) fn page(&mut self) -> PageQuery {
        let first = self.take("first", |text| {
            text.parse::<i64>().map_err(|_| "must be a whole number")
        });
        let after = self.take("after", |text| Ok::<_, fmt::Error>(text.to_owned()));
        PageQuery::forward(first, after)
    }

    /// The end: every parameter that is left is unknown.
    ///
    /// # Errors
    /// 422 with everything that was found.
    pub(crate) fn finish(mut self) -> Result<()> {
        for (name, _) in &self.rest {
            self.faults.add(name.clone(), "is not known here");
        }
        self.faults.into_result().map_err(Problem::from)
    }
}

/// Reads `true` or `false`.
pub(crate) fn flag(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}
