//! Forms of settings. The errors of their parsers state what the text must be.

use std::{
    fmt::Display, net::IpAddr, num::NonZero, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration,
};

use domain::Username;
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{form::Form, shape::Shape};

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
    Form::new(Shape::text("a username"), |text| {
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
    Form::new(shape, move |text| match text {
        "none" => Ok(Vec::new()),
        items => items.split(',').map(|part| item.parse(part.trim())).collect(),
    })
}

/// Parses a web origin and normalizes it to the form that browsers send: scheme, host and, unless default, port.
pub(super) fn origin() -> Form<String> {
    Form::new(
        Shape::text("an origin such as https://fleet.example:8443"),
        |text| {
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
        },
    )
}

/// Parses a network in CIDR notation, or a single address.
pub(super) fn network() -> Form<IpNet> {
    Form::new(
        Shape::text("an address or a network such as 10.1.0.0/16"),
        |text| {
            text.parse::<IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    "must be a list of addresses and networks such as 10.0.0.7 and 10.1.0.0/16".to_owned()
                })
        },
    )
}

/// Parses the base URL of a receiver of OTLP.
pub(super) fn otlp_url() -> Form<Url> {
    let shape = Shape::text_like(
        "a base URL such as http://localhost:4318 or https://collector.example:4317",
        "^\\s*[Hh][Tt][Tt][Pp][Ss]?:",
    );
    let fault = format!("must be {shape}");
    Form::new(shape, move |text| match Url::parse(text) {
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
        _ => Err(fault.clone()),
    })
}

/// Checks a log filter in the syntax of `tracing`. A bare word that is not a level is rejected: `tracing` would
/// interpret it as a module's name and log nothing else.
pub(super) fn log_filter() -> Form<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let shape =
        Shape::text("a level (off, error, warn, info, debug, trace) or a filter such as info,fred=warn");
    let fault = format!("must be {shape}");
    Form::new(shape, move |text| {
        let is_level = |word: &str| LEVELS.contains(&word.to_ascii_lowercase().as_str());
        let directives_sound = text
            .split(',')
            .all(|directive| directive.contains('=') || is_level(directive.trim()));
        if directives_sound && EnvFilter::try_new(text).is_ok() {
            Ok(text.to_owned())
        } else {
            Err(fault.clone())
        }
    })
}
