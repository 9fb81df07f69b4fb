//! Integer literals beyond 32 bits.
//!
//! The grammar of GraphQL does not limit their size, and they are valid values of `Float` and `JSON`
//! (<https://spec.graphql.org/October2021/#sec-Int-Value>). Juniper, however, rejects the whole document with a syntax
//! error. They are therefore replaced by floats before parsing. Where an `Int` is expected, validation then rejects
//! them and names the argument.

/// Replaces integer literals beyond 32 bits with floats. Returns `None` if there are none.
pub(super) fn as_floats(query: &str) -> Option<String> {
    let mut ends = Vec::new();
    let bytes = query.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at = match byte {
            b'"' => end_of_string(bytes, at),
            b'#' => end_of(bytes, at, |byte| !matches!(byte, b'\n' | b'\r')),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => end_of(bytes, at, is_of_name),
            b'-' | b'0'..=b'9' => {
                // A number extends to the next token: `1e5`, `1.5` and the invalid `1x` are one token each.
                let end = end_of(bytes, at + 1, |byte| {
                    is_of_name(byte) || matches!(byte, b'.' | b'+' | b'-')
                });
                if is_large_integer(&query[at..end]) {
                    ends.push(end);
                }
                end
            }
            _ => at + 1,
        };
    }
    if ends.is_empty() {
        return None;
    }
    let mut edited = String::with_capacity(query.len() + 2 * ends.len());
    let mut begin = 0;
    for end in ends {
        edited.push_str(&query[begin..end]);
        edited.push_str(".0");
        begin = end;
    }
    edited.push_str(&query[begin..]);
    Some(edited)
}

/// Returns `true` if a token is an `IntValue` that does not fit into an `i32`. Invalid numbers are left to the parser.
fn is_large_integer(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.bytes().next().is_some_and(|first| first != b'0')
        && token.parse::<i32>().is_err()
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn end_of(bytes: &[u8], from: usize, goes_on: impl Fn(u8) -> bool) -> usize {
    let rest = bytes[from..].iter().position(|byte| !goes_on(*byte));
    rest.map_or(bytes.len(), |length| from + length)
}

/// Returns the end of the string or block string that starts with the quotation mark at `from`.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    const BLOCK: &[u8] = br#"""""#;
    let is_block = bytes[from..].starts_with(BLOCK);
    let mut at = from + if is_block { BLOCK.len() } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        match byte {
            b'\\' if is_block && rest[1..].starts_with(BLOCK) => at += 1 + BLOCK.len(),
            b'\\' if !is_block => at += 2,
            b'"' if is_block && !rest.starts_with(BLOCK) => at += 1,
            b'"' => return at + if is_block { BLOCK.len() } else { 1 },
            // The string is not terminated, which the parser will report.
            b'\n' | b'\r' if !is_block => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("{ a(b: 3000000000) }", Some("{ a(b: 3000000000.0) }"))]
    #[case(
        "{a(b:-2147483649,c:[2147483648])}",
        Some("{a(b:-2147483649.0,c:[2147483648.0])}")
    )]
    #[case(
        "query($n: Float = 9999999999) { ü # 9999999999\n }",
        Some("query($n: Float = 9999999999.0) { ü # 9999999999\n }")
    )]
    #[case(
        r#"{ a(b: "\" 3000000000", c: 3000000000) }"#,
        Some(r#"{ a(b: "\" 3000000000", c: 3000000000.0) }"#)
    )]
    #[case(
        r#"{ a(b: """x " \""" 3000000000""", c: 3000000000) }"#,
        Some(r#"{ a(b: """x " \""" 3000000000""", c: 3000000000.0) }"#)
    )]
    #[case("{ a(b: 2147483647, c: -2147483648, d: 0, e: -0) }", None)]
    #[case(
        "{ a3000000000(b: 3000000000.5, c: 3000000000e2, d: 03000000000, e: 3000000000x) }",
        None
    )]
    #[case(r#"{ a(b: "" c: """""" d: "3000000000"#, None)]
    #[case("{ a(b: -", None)]
    #[case(r#"{ a(b: "\"#, None)]
    fn integers_beyond_32_bits_become_floats(#[case] query: &str, #[case] expected: Option<&str>) {
        assert_eq!(as_floats(query).as_deref(), expected);
    }
}
