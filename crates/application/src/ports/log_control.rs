use std::str::FromStr;

use crate::error::Result;

/// Filter that determines which lines are logged: a level, or levels by module, such as `info,fred=warn`. Modules
/// without a level use the level that stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

/// Error for a text that is not a log filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLogFilter {
    /// Some parts are neither a level nor a module with a level. They are listed in quotes, separated by commas.
    #[error(
        "must be a level (off, error, warn, info, debug, trace) or a filter such as info,fred=warn; invalid: {0}"
    )]
    Parts(String),
    /// The text is longer than [`LogFilter::MAX_CHARS`].
    #[error("must have at most {} characters", LogFilter::MAX_CHARS)]
    TooLong,
}

/// Regular expression of a part: a level, or a module and a level.
macro_rules! part {
    () => {
        "([A-Za-z0-9_:]+=)?([Oo][Ff][Ff]|[Ee][Rr][Rr][Oo][Rr]|[Ww][Aa][Rr][Nn]|[Ii][Nn][Ff][Oo]|[Dd][Ee][Bb][Uu][Gg]\
         |[Tt][Rr][Aa][Cc][Ee])"
    };
}

impl LogFilter {
    /// Maximum length of the text of a filter, in characters.
    pub const MAX_CHARS: usize = 500;

    /// Regular expression (ECMA-262) that the whole text of a filter matches, except for blanks at its beginning and
    /// end.
    pub const PATTERN: &str = concat!(part!(), "(\\s*,\\s*", part!(), ")*");

    /// Names of the levels, from the fewest lines to the most.
    pub const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

    /// Returns the filter as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = InvalidLogFilter;

    /// Parses a filter, for the configuration and for changes at run time. Levels are accepted in any case, and blanks
    /// around parts are removed. Filters by the fields of spans, which `tracing` supports, are rejected, because a
    /// regular expression in them could use any amount of memory.
    fn from_str(text: &str) -> Result<Self, InvalidLogFilter> {
        if text.chars().count() > Self::MAX_CHARS {
            return Err(InvalidLogFilter::TooLong);
        }
        let (parts, others): (Vec<&str>, Vec<&str>) =
            text.split(',').map(str::trim).partition(|part| is_part(part));
        if others.is_empty() {
            return Ok(Self(parts.join(",")));
        }
        let others: Vec<_> = others.iter().map(|other| format!("{other:?}")).collect();
        Err(InvalidLogFilter::Parts(others.join(", ")))
    }
}

/// Returns `true` for a level, or a module and a level. A bare module is rejected, because a misspelt level would be
/// mistaken for a module.
fn is_part(text: &str) -> bool {
    let (module, level) = match text.split_once('=') {
        Some((module, level)) => (Some(module), level),
        None => (None, text),
    };
    let is_module = |module: &str| {
        !module.is_empty()
            && module
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
    };
    let is_level = |name: &&str| level.eq_ignore_ascii_case(name);
    LogFilter::LEVELS.iter().any(is_level) && module.is_none_or(is_module)
}

/// Control of the log of this process. Changes apply at once, to all threads, and end with the process.
pub trait LogControl: Send + Sync {
    /// Returns the configured filter.
    fn configured(&self) -> String;

    /// Returns the filter in effect.
    fn current(&self) -> String;

    /// Sets the filter in effect; `None` restores the configured one.
    ///
    /// # Errors
    /// Returns [`crate::Error::Internal`] if the log cannot be changed. The filter in effect is then unchanged.
    fn set(&self, filter: Option<&LogFilter>) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("off", "off")]
    #[case("DEBUG", "DEBUG")]
    #[case("Debug", "Debug")]
    #[case("info,fred=warn", "info,fred=warn")]
    #[case(
        "warn,adapters_redis::bus=trace,actix_web=off",
        "warn,adapters_redis::bus=trace,actix_web=off"
    )]
    #[case("fred=debug", "fred=debug")]
    #[case(" info , fred=warn ", "info,fred=warn")]
    fn a_level_and_levels_by_module_are_filters(#[case] text: &str, #[case] filter: &str) {
        assert_eq!(text.parse::<LogFilter>().expect("a filter").as_str(), filter);
    }

    #[rstest]
    #[case::empty("", "\"\"")]
    #[case::misspelt("inof", "\"inof\"")]
    #[case::bare_module("info,fred", "\"fred\"")]
    #[case::unknown_level("info,fred=loud", "\"fred=loud\"")]
    #[case::no_level("info,fred=", "\"fred=\"")]
    #[case::no_module("=info", "\"=info\"")]
    #[case::blanks_within("fred = warn", "\"fred = warn\"")]
    #[case::nothing_after_a_comma("info,", "\"\"")]
    #[case::a_span_and_a_regular_expression("[request{id=.*}]=debug", "\"[request{id=.*}]=debug\"")]
    #[case::several("inof,debug,fred=loud", "\"inof\", \"fred=loud\"")]
    fn every_other_part_is_named(#[case] text: &str, #[case] parts: &str) {
        let fault = text.parse::<LogFilter>().expect_err("not a filter");
        assert_eq!(fault, InvalidLogFilter::Parts(parts.to_owned()));
    }

    #[test]
    fn a_filter_has_a_maximum_length() {
        let text = format!("{}info", "fred=warn,".repeat(50));
        assert_eq!(text.parse::<LogFilter>(), Err(InvalidLogFilter::TooLong));
    }
}
