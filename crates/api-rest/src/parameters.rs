//! Parsing of path and query parameters.

use std::{collections::BTreeSet, fmt, str::FromStr};

use actix_web::HttpRequest;
use application::paging::PageQuery;
use domain::{VehicleId, Violations};
use http_edge::QueryString;
use observability::logs::note_vehicle;

use crate::problem::{Problem, Result};

/// Parses an id in a path.
///
/// # Errors
/// Returns 422, which names the parameter, if `text` is not a UUID.
pub(crate) fn id<T>(name: &str, text: &str) -> Result<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    text.parse()
        .map_err(|fault: T::Err| Violations::of(name, fault.to_string()).into())
}

/// Parses the id of a vehicle in a path. From then on, the log lines of the request contain the vehicle.
///
/// # Errors
/// Returns the errors of [`id`].
pub(crate) fn vehicle_id(name: &str, text: &str) -> Result<VehicleId> {
    let id: VehicleId = id(name, text)?;
    note_vehicle(id);
    Ok(id)
}

const IS_EMPTY: &str = "must not be empty";

/// Query parameters that have not been read yet, and the violations found in the others. An empty parameter is a
/// violation: it may come from an unset variable in a script, and a missing parameter often means everything.
#[derive(Debug)]
pub(crate) struct Parameters {
    rest: Vec<(String, String)>,
    faults: Violations,
}

impl Parameters {
    pub(crate) fn of(request: &HttpRequest) -> Result<Self> {
        let QueryString { pairs, not_utf8 } = QueryString::read(request.query_string());
        let mut faults = Violations::default();
        for name in not_utf8 {
            faults.add(name, "must be UTF-8");
        }
        Ok(Self { rest: pairs, faults })
    }

    /// Returns `true` if a parameter was sent that has not been taken yet.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.rest.iter().any(|(key, _)| key == name)
    }

    /// Returns `true` if a parameter has a violation.
    pub(crate) fn is_faulty(&self, name: &str) -> bool {
        self.faults.iter().any(|fault| fault.field == name)
    }

    /// Adds a violation.
    pub(crate) fn fault(&mut self, name: &str, message: &str) {
        self.faults.add(name, message);
    }

    /// Takes all values of a parameter, in their order.
    fn take_values(&mut self, name: &str) -> Vec<String> {
        let found = self.rest.extract_if(.., |pair| pair.0 == name);
        found.map(|(_, value)| value).collect()
    }

    /// Takes and parses a parameter; `None` if it is missing, empty, invalid or repeated. The last three are
    /// violations.
    pub(crate) fn take<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let found = self.take_values(name);
        match found.as_slice() {
            [] => None,
            [one] if one.is_empty() => {
                self.fault(name, IS_EMPTY);
                None
            }
            [one] => self.faults.keep(name, read(one)),
            _ => {
                self.faults.add(name, "must not be repeated");
                None
            }
        }
    }

    /// Treats a parameter that is empty as missing, as in GraphQL.
    pub(crate) fn ignore_if_empty(&mut self, name: &str) {
        self.rest.retain(|(key, value)| key != name || !value.is_empty());
    }

    /// Takes and parses a required parameter; `None` if it is missing, empty, invalid or repeated, all of which are
    /// violations.
    pub(crate) fn require<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !self.has(name) && !self.is_faulty(name) {
            self.fault(name, "must be given");
        }
        self.take(name, read)
    }

    /// Takes and parses a list; `None` if it is missing, empty or invalid. The last two are violations. Items may be
    /// separated by commas, and the parameter may be repeated, because client libraries differ in the form that they
    /// use.
    pub(crate) fn take_list<T: Ord, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<BTreeSet<T>> {
        let found = self.take_values(name);
        if found.is_empty() {
            return None;
        }
        if found.iter().any(String::is_empty) {
            self.fault(name, IS_EMPTY);
            return None;
        }
        let text = found.join(",");
        let read_one = |(index, item): (usize, &str)| {
            let fault = |fault| format!("item {} {fault}", index + 1);
            read(item.trim()).map_err(fault)
        };
        let read: Result<_, String> = text.split(',').enumerate().map(read_one).collect();
        self.faults.keep(name, read)
    }

    /// Takes `first` and `after`. An empty `after` means the first page: clients that loop over pages start with it.
    pub(crate) fn page(&mut self) -> PageQuery {
        self.ignore_if_empty("after");
        let first = self.take("first", |text| {
            text.parse::<i64>().map_err(|_| "must be a whole number")
        });
        let after = self.take("after", |text| Ok::<_, fmt::Error>(text.to_owned()));
        PageQuery::forward(first, after)
    }

    /// Rejects the remaining parameters, which are unknown.
    ///
    /// # Errors
    /// Returns 422 with all violations.
    pub(crate) fn finish(self) -> Result<()> {
        self.finish_with(Ok(()))
    }

    /// Rejects the remaining parameters, which are unknown. `checked` is the result of checking the query that consists
    /// of the others, so that a caller learns of all violations at once.
    ///
    /// # Errors
    /// Returns 422 with all violations.
    pub(crate) fn finish_with(mut self, checked: Result<(), Violations>) -> Result<()> {
        self.faults.join(checked);
        for (name, _) in std::mem::take(&mut self.rest) {
            // A repeated one is reported once.
            if !self.is_faulty(&name) {
                self.faults.add(name, "is unknown");
            }
        }
        self.faults.into_result().map_err(Problem::from)
    }
}

/// Rejects all parameters, for endpoints that have none.
///
/// # Errors
/// Returns 422 with the names of the parameters.
pub(crate) fn none(request: &HttpRequest) -> Result<()> {
    match request.query_string() {
        "" => Ok(()),
        _ => Parameters::of(request)?.finish(),
    }
}

pub(crate) fn flag(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    fn list(query: &str) -> (Option<Vec<u32>>, Vec<String>) {
        let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
        let mut parameters = Parameters::of(&request).expect("pairs");
        let list = parameters.take_list("n", str::parse::<u32>);
        let faults = parameters.faults.iter().map(|fault| fault.message.clone());
        (list.map(|list| list.into_iter().collect()), faults.collect())
    }

    #[rstest]
    #[case("", None)]
    #[case("n=2,1", Some(vec![1, 2]))]
    #[case("n=2&n=1", Some(vec![1, 2]))]
    #[case("n=2,%201&n=2", Some(vec![1, 2]))]
    fn a_list_is_separated_by_commas_or_repeated(#[case] query: &str, #[case] expected: Option<Vec<u32>>) {
        assert_eq!(list(query), (expected, Vec::new()));
    }

    #[rstest]
    #[case("n=7", &[])]
    #[case("", &["n must be given"])]
    #[case("n=", &["n must not be empty"])]
    #[case("n", &["n must not be empty"])]
    #[case("n=x", &["n must be a number"])]
    #[case("n=7&n=8", &["n must not be repeated"])]
    #[case("n=%ff", &["n must be UTF-8"])]
    fn a_required_parameter_is_given_once(#[case] query: &str, #[case] expected: &[&str]) {
        let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
        let mut parameters = Parameters::of(&request).expect("pairs");
        let number = parameters.require("n", |text| text.parse::<u32>().map_err(|_| "must be a number"));
        let faults: Vec<_> = parameters
            .faults
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.message))
            .collect();
        assert_eq!(faults, expected);
        assert_eq!(number, Some(7).filter(|_| expected.is_empty()));
    }

    #[rstest]
    #[case("n=1,,2", "item 2 cannot parse integer from empty string")]
    #[case("n=1&n=x", "item 2 invalid digit found in string")]
    #[case("n=", "must not be empty")]
    #[case("n", "must not be empty")]
    #[case("n=1&n=", "must not be empty")]
    fn the_fault_of_a_list_names_the_item(#[case] query: &str, #[case] fault: &str) {
        assert_eq!(list(query), (None, vec![fault.to_owned()]));
    }
}
