//! Numbers on the command line.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

/// Returns a parser of whole numbers in a range. Its message states the range, unlike that of `clap`, which describes
/// it in Rust's syntax, or not at all if the text is not a number.
pub(in crate::commands) fn whole<T>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text: &str| {
        let number = text.parse::<T>().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1", Ok(1))]
    #[case("50000", Ok(50_000))]
    #[case("0", Err("must be a whole number from 1 to 50000"))]
    #[case("50001", Err("must be a whole number from 1 to 50000"))]
    #[case("99999999999", Err("must be a whole number from 1 to 50000"))]
    #[case("-1", Err("must be a whole number from 1 to 50000"))]
    #[case("1.5", Err("must be a whole number from 1 to 50000"))]
    #[case("many", Err("must be a whole number from 1 to 50000"))]
    fn other_texts_are_rejected_with_the_range(#[case] text: &str, #[case] expected: Result<u32, &str>) {
        let parsed = whole(1..=50_000_u32)(text);
        assert_eq!(
            parsed.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|fault| *fault)
        );
    }
}
