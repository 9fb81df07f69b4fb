//! Forms of settings. The errors of their parsers state what the text must be.

use std::{
    fmt::Display, net::IpAddr, num::NonZero, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration,
};

use application::ports::LogFilter;
use domain::Username;
use ipnet::IpNet;
use url::Url;

use super::{fault::Fault, form::Form, shape::Shape};

/// Parses with [`FromStr`], whose error message becomes the description.
pub(super) fn parsed<T: FromStr<Err: Display> + 'static>(shape: Shape) -> Form<T> {
    Form::new(shape, |text| text.parse::<T>().map_err(|error| error.to_string()))
}

/// Parses a number within the range.
pub(super) fn number<T: FromStr + PartialOrd + Display + 'static>(range: RangeInclusive<T>) -> Form<T> {
    measure(range, "")
}

/// Parses a whole number of milliseconds within the range.
pub(super) fn millis(range: RangeInclusive<u64>) -> Form<Duration> {
    measure(range, "milliseconds").map(Duration::from_millis)
}

/// Parses a whole number of seconds within the range.
pub(super) fn seconds(range: RangeInclusive<u64>) -> Form<Duration> {
    measure(range, "seconds").map(Duration::from_secs)
}

fn measure<T: FromStr + PartialOrd + Display + 'static>(
    range: RangeInclusive<T>,
    unit: &'static str,
) -> Form<T> {
    let shape = Shape::Number {
        // `T` is known only as `FromStr`: a type that accepts "0.5" is not an integer type.
        is_whole: "0.5".parse::<T>().is_err(),
        unit,
        range: Some([range.start().to_string(), range.end().to_string()]),
    };
    let fault = format!("must be {shape}");
    Form::new(shape, move |text| match text.parse::<T>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(fault.clone()),
    })
}

/// Parses a whole number from 1 to `max`.
pub(super) fn not_zero(max: u32) -> Form<NonZero<u32>> {
    number(NonZero::<u32>::MIN..=NonZero::new(max).expect("the maximum is not zero"))
}

/// Parses `true` or `false`.
pub(super) fn flag() -> Form<bool> {
    Form::new(Shape::Flag, |text| {
        text.parse().map_err(|_| format!("must be {}", Shape::Flag))
    })
}

/// Parses one of a fixed set of names.
pub(super) fn one_of<T: Copy + 'static>(names: &'static [(&'static str, T)]) -> Form<T> {
    let shape = Shape::Word(names.iter().map(|(name, _)| *name).collect());
    let fault = format!("must be {shape}");
    Form::new(shape, move |text| {
        let mut found = names.iter().filter(|(name, _)| *name == text);
        found.next().map(|(_, value)| *value).ok_or_else(|| fault.clone())
    })
}

/// Accepts any text. Empty values never reach this parser.
pub(super) fn text(what: &'static str) -> Form<String> {
    Form::new(Shape::text(what), |text| Ok(text.to_owned()))
}

pub(super) fn path() -> Form<PathBuf> {
    Form::new(Shape::text("a path"), |text| Ok(PathBuf::from(text)))
}

pub(super) fn username() -> Form<Username> {
    Form::of_rules(Shape::text("a username"), |text| {
        Username::new(text).map_err(|fault| fault.to_string())
    })
}

/// Parses items separated by commas and optional spaces. An empty list is written as `none`, so that a variable can
/// override a list from the file.
pub(super) fn list<T: 'static>(what: &'static str, item: Form<T>) -> Form<Vec<T>> {
    let shape = Shape::List {
        what,
        item: Box::new(item.shape.clone()),
        length: None,
    };
    Form::with_faults(shape, move |text| {
        if text == "none" {
            return Ok(Vec::new());
        }
        let (mut values, mut faults) = (Vec::new(), Vec::new());
        for part in text.split(',') {
            match item.parse(part.trim()) {
                Ok(value) => values.push(value),
                Err(fault) => faults.push(fault),
            }
        }
        match Fault::of_list(faults) {
            None => Ok(values),
            // A comma may be part of the password in a URL, and the parts of a split URL cannot be masked separately.
            Some(fault) if text.contains('@') => Err(Fault::described(fault.without_text())),
            Some(fault) => Err(fault),
        }
    })
}

/// Parses a web origin and normalizes it to the form that browsers send: scheme, host and, unless default, port.
pub(super) fn origin() -> Form<String> {
    let shape = Shape::text_like(
        "an origin such as https://fleet.example:8443",
        "[Hh][Tt][Tt][Pp][Ss]?://[^\\s,/?#@\\\\][^\\s,/?#@]*/?",
    );
    Form::new(shape, |text| {
        let fault = || "must be a list of origins such as https://fleet.example:8443".to_owned();
        let url = web_url(text).ok_or_else(fault)?;
        if url.path() == "/" {
            Ok(url.origin().ascii_serialization())
        } else {
            Err(fault())
        }
    })
}

/// Parses a network in CIDR notation, or a single address.
pub(super) fn network() -> Form<IpNet> {
    let shape = Shape::text_like(
        "an address or a network such as 10.1.0.0/16",
        "[0-9A-Fa-f:.]+(/[0-9]{1,3})?",
    );
    Form::new(shape, |text| {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| {
                "must be a list of addresses and networks such as 10.0.0.7 and 10.1.0.0/16".to_owned()
            })
    })
}

/// Parses the base URL of a receiver of OTLP.
pub(super) fn otlp_url() -> Form<Url> {
    let shape = Shape::text_like(
        "a base URL such as http://localhost:4318 or https://collector.example:4317",
        "[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#@\\\\][^\\s?#@]*",
    );
    let fault = format!("must be {shape}");
    Form::with_faults(shape, move |text| match web_url(text) {
        _ if text.contains('@') => Err(Fault::described(
            "must not contain a user or a password: they would not be sent; see TELEMETRY__OTLP_HEADERS",
        )),
        Some(url) if url.path().trim_end_matches('/').ends_with("/v1/traces") => Err(Fault::described(
            "must not end with /v1/traces, which is appended",
        )),
        Some(url) => Ok(url),
        None => Err(Fault::of_text(fault.clone(), text)),
    })
}

/// Parses an absolute http:// or https:// URL without credentials, a query or a fragment. `Url` also accepts texts that
/// are not written as such, for example without slashes or with line breaks.
fn web_url(text: &str) -> Option<Url> {
    let (scheme, rest) = text.split_once("://")?;
    let is_web = ["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let is_absolute = !rest.starts_with(['/', '\\']);
    let is_plain = !rest.contains(|c: char| c.is_whitespace() || matches!(c, '@' | '?' | '#'));
    Url::parse(text)
        .ok()
        .filter(|url| is_web && is_absolute && is_plain && url.has_host())
}

/// Parses a log filter, in the same way as changes of the level at run time.
pub(super) fn log_filter() -> Form<LogFilter> {
    let shape = Shape::text_like(
        "a level (off, error, warn, info, debug, trace) or a filter such as info,fred=warn",
        LogFilter::PATTERN,
    );
    Form::of_rules(shape, |text| {
        text.parse::<LogFilter>().map_err(|fault| fault.to_string())
    })
}
