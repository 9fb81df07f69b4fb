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

/// Query parameters that have not been read yet, and the violations found in the others. An empty parameter is treated
/// as omitted, because HTML forms send empty fields.
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

    /// Takes and parses a parameter; `None` if it is missing, empty, invalid or repeated. The last two are violations.
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
                self.faults.add(name, "must not be repeated");
                None
            }
        }
    }

    /// Takes and parses a required parameter; `None` if it is missing, empty, invalid or repeated, all of which are
    /// violations.
    pub(crate) fn require<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !self
            .rest
            .iter()
            .any(|(key, value)| key == name && !value.is_empty())
        {
            self.rest.retain(|(key, _)| key != name);
            self.faults.add(name, "must be given");
            return None;
        }
        self.take(name, read)
    }

    /// Takes and parses a list; `None` if it is missing, empty or invalid. Items may be separated by commas, and the
    /// parameter may be repeated, because client libraries differ in the form that they use.
    pub(crate) fn take_list<T: Ord, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Option<BTreeSet<T>> {
        let mut text = String::new();
        self.rest.retain(|(key, value)| {
            let is_it = key == name;
            if is_it && !value.is_empty() {
                text.push_str(if text.is_empty() { "" } else { "," });
                text.push_str(value);
            }
            !is_it
        });
        if text.is_empty() {
            return None;
        }
        let read_one = |(index, item): (usize, &str)| {
            let fault = |fault| format!("item {} {fault}", index + 1);
            read(item.trim()).map_err(fault)
        };
        let read: Result<_, String> = text.split(',').enumerate().map(read_one).collect();
        self.faults.keep(name, read)
    }

    /// Takes `first` and `after`.
    pub(crate) fn page(&mut self) -> PageQuery {
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
    pub(crate) fn finish(mut self) -> Result<()> {
        for (name, _) in &self.rest {
            self.faults.add(name.clone(), "is unknown");
        }
        self.faults.into_result().map_err(Problem::from)
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
    #[case("n=", None)]
    #[case("n=2,1", Some(vec![1, 2]))]
    #[case("n=2&n=1", Some(vec![1, 2]))]
    #[case("n=2,%201&n=&n=2", Some(vec![1, 2]))]
    fn a_list_is_separated_by_commas_or_repeated(#[case] query: &str, #[case] expected: Option<Vec<u32>>) {
        assert_eq!(list(query), (expected, Vec::new()));
    }

    #[rstest]
    #[case("n=1,,2", "item 2 cannot parse integer from empty string")]
    #[case("n=1&n=x", "item 2 invalid digit found in string")]
    fn the_fault_of_a_list_names_the_item(#[case] query: &str, #[case] fault: &str) {
        assert_eq!(list(query), (None, vec![fault.to_owned()]));
    }
}
