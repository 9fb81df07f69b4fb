//! From a setting's text to its type. Each function says what the text must be; who calls it adds what it is.

use std::{
    fmt::Display, net::IpAddr, num::NonZero, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration,
};

use domain::Username;
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

/// What a text is, or what it must be.
pub type Parsed<T> = Result<T, String>;

/// Anything that reads itself and says what is wrong with a text.
pub fn parsed<T: FromStr<Err: Display>>(text: &str) -> Parsed<T> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A number of the range.
pub fn number<T: FromStr + PartialOrd + Display>(range: RangeInclusive<T>) -> impl Fn(&str) -> Parsed<T> {
    measure(range, "")
}

/// A whole number of milliseconds of the range.
pub fn millis(range: RangeInclusive<u64>) -> impl Fn(&str) -> Parsed<Duration> {
    let number = measure(range, " of milliseconds");
    move |text| number(text).map(Duration::from_millis)
}

/// A whole number of seconds of the range.
pub fn seconds(range: RangeInclusive<u64>) -> impl Fn(&str) -> Parsed<Duration> {
    let number = measure(range, " of seconds");
    move |text| number(text).map(Duration::from_secs)
}

fn measure<T: FromStr + PartialOrd + Display>(
    range: RangeInclusive<T>,
    of_what: &'static str,
) -> impl Fn(&str) -> Parsed<T> {
    // What reads "0.5" is no whole number.
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

/// A whole number from 1.
pub fn not_zero(max: u32) -> impl Fn(&str) -> Parsed<NonZero<u32>> {
    let number = number(1..=max);
    move |text| {
        let number = number(text)?;
        NonZero::new(number).ok_or_else(|| "must not be 0".to_owned())
    }
}

/// A name to log in with.
pub fn username(text: &str) -> Parsed<Username> {
    Username::new(text).map_err(|fault| fault.to_string())
}

/// `true` or `false`.
pub fn flag(text: &str) -> Parsed<bool> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

/// One of a few names.
pub fn one_of<T: Copy>(names: &'static [(&'static str, T)]) -> impl Fn(&str) -> Parsed<T> {
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

/// Any text; that it is not empty was seen to before.
pub fn text(text: &str) -> Parsed<String> {
    Ok(text.to_owned())
}

/// A path.
pub fn path(text: &str) -> Parsed<PathBuf> {
    Ok(PathBuf::from(text))
}

/// Any number of items between commas, of which spaces are no part. No items are written as `none`, so that
/// a variable can overrule a list of the file.
pub fn list<T>(item: impl Fn(&str) -> Parsed<T>) -> impl Fn(&str) -> Parsed<Vec<T>> {
    move |text| match text {
        "none" => Ok(Vec::new()),
        items => items.split(',').map(|part| item(part.trim())).collect(),
    }
}

/// Where a web page may come from: scheme, host and port, as browsers write it.
pub fn origin(text: &str) -> Parsed<String> {
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

/// A network, or one address.
pub fn network(text: &str) -> Parsed<IpNet> {
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "must be a list of addresses and networks such as 10.0.0.7 and 10.1.0.0/16".to_owned())
}

/// The base URL of a receiver next to the server, without TLS: that, and log-in at a far-away backend, are a
/// collector's job.
pub fn otlp_url(text: &str) -> Parsed<Url> {
    match Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("must not name a user or a password: they would not be sent".to_owned())
        }
        Ok(url) if url.scheme() == "http" && url.query().is_none() && url.fragment().is_none() => Ok(url),
        Ok(url) if url.scheme() == "https" => Err(
            "must be an http:// URL, of a collector that speaks TLS to others in the server's place"
                .to_owned(),
        ),
        _ => Err("must be a base URL such as http://localhost:4318".to_owned()),
    }
}

/// What to log, as `tracing` filters are written. A bare word that is no level is refused: the syntax would
/// take it for the name of a module, and log nothing else.
pub fn log_filter(text: &str) -> Parsed<String> {
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
