//! The parameters of a query string.

use percent_encoding::percent_decode;

/// Parameters of a query string, in order of appearance.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct QueryString {
    /// Decoded names and values.
    pub pairs: Vec<(String, String)>,
    /// Names of the parameters whose name or value is not valid UTF-8. They are not in `pairs`, because replacement
    /// characters would alter the client's input.
    pub not_utf8: Vec<String>,
}

impl QueryString {
    /// Parses a query string in the encoding of HTML forms (<https://url.spec.whatwg.org/#urlencoded-parsing>).
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decoded(name), decoded(value)) {
                (Ok(name), Ok(value)) => read.pairs.push((name, value)),
                (Ok(name) | Err(name), _) => read.not_utf8.push(name),
            }
        }
        read
    }
}

/// Decodes a name or value. If it is not UTF-8, `Err` contains the text with replacement characters.
fn decoded(text: &str) -> Result<String, String> {
    let spaced = text.replace('+', " ");
    let bytes = percent_decode(spaced.as_bytes());
    match bytes.clone().decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(bytes.decode_utf8_lossy().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", &[], &[])]
    #[case("a=1&b=&c&&=d", &[("a", "1"), ("b", ""), ("c", ""), ("", "d")], &[])]
    #[case("a=1+2%203%2B4&%61=%C3%A9=", &[("a", "1 2 3+4"), ("a", "é=")], &[])]
    #[case("a=%&b=%zz", &[("a", "%"), ("b", "%zz")], &[])]
    #[case("a=%ff&b=1&c=%C3", &[("b", "1")], &["a", "c"])]
    #[case("%ff=1", &[], &["\u{fffd}"])]
    fn parameters_that_are_not_utf_8_are_reported_by_name(
        #[case] text: &str,
        #[case] pairs: &[(&str, &str)],
        #[case] not_utf8: &[&str],
    ) {
        let read = QueryString::read(text);
        let found: Vec<_> = read
            .pairs
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(found, pairs);
        assert_eq!(read.not_utf8, not_utf8);
    }
}
