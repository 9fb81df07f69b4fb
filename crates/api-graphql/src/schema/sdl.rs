//! The schema in the GraphQL schema definition language.

use super::build;

/// Returns the schema in the GraphQL schema definition language, sorted by kind and name, with all descriptions. Each
/// argument of a field is on a separate line.
#[must_use]
pub fn sdl() -> String {
    let schema = build(true).as_sdl();
    let lines: Vec<_> = schema.lines().map(laid_out).collect();
    lines.join("\n") + "\n"
}

/// Puts each argument of a field on a separate line, below a line with its description. Returns any other line
/// unchanged.
fn laid_out(line: &str) -> String {
    let field = line.trim_start();
    let indent = &line[..line.len() - field.len()];
    let name_end = field.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_field = name_end.is_some_and(|end| end > 0 && field[end..].starts_with('('));
    let Some(open) = name_end.filter(|_| is_field && !indent.is_empty()) else {
        return line.to_owned();
    };
    let Arguments { parts, length } = Arguments::of(&field[open + 1..]);
    let mut laid_out = format!("{indent}{}(\n", &field[..open]);
    for part in parts {
        let part = part.trim();
        let (description, argument) = match part.strip_prefix('"') {
            Some(rest) => part.split_at(1 + end_of_text(rest)),
            None => ("", part),
        };
        for line in [description, argument.trim_start()] {
            if !line.is_empty() {
                laid_out.push_str(&format!("{indent}  {line}\n"));
            }
        }
    }
    laid_out.push_str(indent);
    laid_out.push_str(&field[open + 1 + length..]);
    laid_out
}

/// Texts of the arguments of a field, and the length of the text before the closing parenthesis.
struct Arguments<'a> {
    parts: Vec<&'a str>,
    length: usize,
}

impl<'a> Arguments<'a> {
    fn of(text: &'a str) -> Self {
        let (mut parts, mut begin, mut depth, mut at) = (Vec::new(), 0, 0_usize, 0);
        while let Some(character) = text[at..].chars().next() {
            match character {
                // Commas and brackets in descriptions and default values do not separate arguments.
                '"' => at += end_of_text(&text[at + 1..]),
                '(' | '[' | '{' => depth += 1,
                ')' if depth == 0 => break,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(&text[begin..at]);
                    begin = at + 1;
                }
                _ => {}
            }
            at += character.len_utf8();
        }
        parts.push(&text[begin..at]);
        Self { parts, length: at }
    }
}

/// Returns the length of a string after its opening quote, including the closing quote.
fn end_of_text(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in rest.char_indices() {
        match character {
            '"' if !is_escaped => return at + 1,
            _ => is_escaped = character == '\\' && !is_escaped,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "  a(\"Which (one), \\\"really\\\".\" id: ID!, \"Or, \" b: [B!] = [1, 2] @deprecated(reason: \"c(\")): C!",
        "  a(\n    \"Which (one), \\\"really\\\".\"\n    id: ID!\n    \"Or, \"\n    b: [B!] = [1, 2] @deprecated(reason: \"c(\")\n  ): C!"
    )]
    #[case("  a(id: ID): C @deprecated", "  a(\n    id: ID\n  ): C @deprecated")]
    #[case("  a: C", "  a: C")]
    #[case("  \"As (\\\"this\\\" one).\" a: C", "  \"As (\\\"this\\\" one).\" a: C")]
    #[case("A text (of a block): c", "A text (of a block): c")]
    #[case(
        "scalar A @specifiedBy(url: \"https://a\")",
        "scalar A @specifiedBy(url: \"https://a\")"
    )]
    fn arguments_are_laid_out_and_nothing_else(#[case] line: &str, #[case] expected: &str) {
        assert_eq!(laid_out(line), expected);
    }
}
