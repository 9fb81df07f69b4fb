//! Parsers that convert the text of a setting to its type. Their errors state what the text must be; the caller adds
//! the actual text, unless it is secret.

use std::{
    fmt::Display, net::IpAddr, num::NonZero, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration,
};

use domain::Username;
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

/// A parsed value, or a description of what the text must be, such as `must be true or false`.
pub(super) type Parsed<T> = Result<T, String>;

/// Parses with [`FromStr`], whose error message becomes the description.
pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Parsed<T> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Parses a number within the range.
pub(super) fn number<T: FromStr + PartialOrd + Display>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Parsed<T> {
    measure(range, "")
}

/// Parses a whole number of milliseconds within the range.
pub(super) fn millis(range: RangeInclusive<u64>) -> impl Fn(&str) -> Parsed<Duration> {
    let number = measure(range, " of milliseconds");
    move |text| number(text).map(Duration::from_millis)
}

/// Parses a whole number of seconds within the range.
pub(super) fn seconds(range: RangeInclusive<u64>) -> impl Fn(&str) -> Parsed<Duration> {
    let number = measure(range, " of seconds");
    move |text| number(text).map(Duration::from_secs)
}

fn measure<T: FromStr + PartialOrd + Display>(
    range: RangeInclusive<T>,
    of_what: &'static str,
) -> impl Fn(&str) -> Parsed<T> {
    // `T` is known only as `FromStr`: a type that accepts "0.5" is not an integer type.
    let whole = if "0.5".parse::<T>().is_ok() { "" } else { "whole " };
    move |text| match text.parse::<T>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "must be a {whole}number{of_what} from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

/// Parses a whole number from 1 to `max`.
pub(super) fn not_zero(max: u32) -> impl Fn(&str) -> Parsed<NonZero<u32>> {
    let number = number(1..=max);
    move |text| {
        let number = number(text)?;
        NonZero::new(number).ok_or_else(|| "must not be 0".to_owned())
    }
}

pub(super) fn username(text: &str) -> Parsed<Username> {
    Username::new(text).map_err(|fault| fault.to_string())
}

/// Parses `true` or `false`.
pub(super) fn flag(text: &str) -> Parsed<bool> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

/// Parses one of a fixed set of names.
pub(super) fn one_of<T: Copy>(names: &'static [(&'static str, T)]) -> impl Fn(&str) -> Parsed<T> {
    move |text| {
        let found = names
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, value)| *value);
        found.ok_or_else(|| {
            format!(
                "must be {}",
                names
                    .iter()
                    .map(|(name, _)| *name)
                    .collect::<Vec<_>>()
                    .join(" or ")
            )
        })
    }
}

/// Accepts any text. Empty values never reach this parser: they are treated as unset.
pub(super) fn text(text: &str) -> Parsed<String> {
    Ok(text.to_owned())
}

pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    Ok(PathBuf::from(text))
}

/// Parses items separated by commas and optional spaces. An empty list is written as `none`, so that a variable can
/// override a list from the file.
pub(super) fn list<T>(item: impl Fn(&str) -> Parsed<T>) -> impl Fn(&str) -> Parsed<Vec<T>> {
    move |text| match text {
        "none" => Ok(Vec::new()),
        items => items.split(',').map(|part| item(part.trim())).collect(),
    }
}

/// Parses a web origin and normalizes it to the form that browsers send: scheme, host and, unless default, port.
pub(super) fn origin(text: &str) -> Parsed<String> {
    let fault = || "must be a list of origins such as https://fleet.example:8443".to_owned();
    let url = Url::parse(text).map_err(|_| fault())?;
    let is_bare = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if is_bare {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(fault())
    }
}

/// Parses a network in CIDR notation, or a single address.
pub(super) fn network(text: &str) -> Parsed<IpNet> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "must be a list of addresses and networks such as 10.0.0.7 and 10.1.0.0/16".to_owned())
}

/// Parses the base URL of a receiver of OTLP.
pub(super) fn otlp_url(text: &str) -> Parsed<Url> {
    match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Err(
            "must not contain a user or a password: they would not be sent; see TELEMETRY__OTLP_HEADERS"
                .to_owned(),
        ),
        Ok(url)
            if matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none() =>
        {
            Ok(url)
        }
        _ => Err("must be a base URL such as http://localhost:4318".to_owned()),
    }
}

/// Checks a log filter in the syntax of `tracing`. A bare word that is not a level is rejected: `tracing` would
/// interpret it as a module's name and log nothing else.
pub(super) fn log_filter(text: &str) -> Parsed<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |word: &str| LEVELS.contains(&word.to_ascii_lowercase().as_str());
    let directives_sound = text
        .split(',')
        .all(|directive| directive.contains('=') || is_level(directive.trim()));
    if directives_sound && EnvFilter::try_new(text).is_ok() {
        Ok(text.to_owned())
    } else {
        Err(
            "must be a level (off, error, warn, info, debug, trace) or a filter such as info,fred=warn"
                .to_owned(),
        )
    }
}
