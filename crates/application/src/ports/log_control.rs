use std::str::FromStr;

use crate::error::Result;

/// Filter that determines which lines are logged: a level, or levels by module, such as `info,fred=warn`. Modules
/// without a level use the level that stands alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

/// Error for a text that is not a log filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a level (off, error, warn, info, debug, trace) or a filter such as info,fred=warn, with at most {} \
     characters",
    LogFilter::MAX_CHARS
)]
pub struct InvalidLogFilter;

impl LogFilter {
    /// Maximum length of a filter.
    pub const MAX_CHARS: usize = 500;

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

    /// Parses a filter. Filters by the fields of spans, which `LOG__LEVEL` may contain, are rejected, because a regular
    /// expression in them could use any amount of memory.
    fn from_str(text: &str) -> Result<Self, InvalidLogFilter> {
        let is_filter = text.len() <= Self::MAX_CHARS && text.split(',').all(is_directive);
        is_filter.then(|| Self(text.to_owned())).ok_or(InvalidLogFilter)
    }
}

/// Returns `true` for a level, or a module and a level. A bare module is rejected, because a misspelt level would be
/// taken for one.
fn is_directive(text: &str) -> bool {
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
    let is_level = |name: &&str| level == *name || level == name.to_ascii_uppercase();
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
    /// [`crate::Error::Internal`] if the log cannot be changed. The filter in effect is then unchanged.
    fn set(&self, filter: Option<&LogFilter>) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("off")]
    #[case("DEBUG")]
    #[case("info,fred=warn")]
    #[case("warn,adapters_redis::bus=trace,actix_web=off")]
    #[case("fred=debug")]
    fn a_level_and_levels_by_module_are_filters(#[case] text: &str) {
        assert_eq!(text.parse::<LogFilter>().expect("a filter").as_str(), text);
    }

    #[rstest]
    #[case::empty("")]
    #[case::misspelt("inof")]
    #[case::mixed_case("Debug")]
    #[case::bare_module("info,fred")]
    #[case::unknown_level("info,fred=loud")]
    #[case::no_module("=info")]
    #[case::blank("info, fred=warn")]
    #[case::nothing_after_a_comma("info,")]
    #[case::a_span_and_a_regular_expression("[request{id=.*}]=debug")]
    #[case::too_long(&format!("{}info", "fred=warn,".repeat(50)))]
    fn other_texts_are_not(#[case] text: &str) {
        assert_eq!(text.parse::<LogFilter>(), Err(InvalidLogFilter));
    }
}
