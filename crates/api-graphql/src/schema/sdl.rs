//! The schema in GraphQL's own language.

use super::build;

/// The schema in GraphQL's own language, sorted by kind and name. A field stays on one line with its arguments: what
/// is to be said of these is told by introspection.
#[must_use]
pub fn sdl() -> String {
    let schema = build(true).as_sdl();
    let lines: Vec<_> = schema.lines().map(without_descriptions_of_arguments).collect();
    lines.join("\n") + "\n"
}

/// `field("…" argument: Type)` without the text; any other line is given as it is.
fn without_descriptions_of_arguments(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("(\"").or_else(|| rest.find(", \"")) {
        let is_field = !line.trim_start().starts_with('"');
        let text = start + rest[start..].find('"').unwrap_or_default() + 1;
        let end = is_field.then(|| rest[text..].find("\" ")).flatten();
        let Some(end) = end else { break };
        kept.push_str(&rest[..text - 1]);
        rest = &rest[text + end + 2..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "  a(\"Which (one).\" id: ID!, \"Or, \" b: [B!]): C",
        "  a(id: ID!, b: [B!]): C"
    )]
    #[case("  a(id: ID, \"x\" b: B): C", "  a(id: ID, b: B): C")]
    #[case("  a: C", "  a: C")]
    #[case("  \"As (\\\"this\\\" one).\" a: C", "  \"As (\\\"this\\\" one).\" a: C")]
    #[case(
        "scalar A @specifiedBy(url: \"https://a\")",
        "scalar A @specifiedBy(url: \"https://a\")"
    )]
    fn only_what_is_said_of_arguments_is_left_out(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(without_descriptions_of_arguments(line), expected);
    }
}
