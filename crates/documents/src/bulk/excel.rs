//! Texts that a spreadsheet must not take for formulas
//! (<https://owasp.org/www-community/attacks/CSV_Injection>).

/// Whether a spreadsheet may run a text that begins so. An apostrophe is among them, so that a text that begins with one
/// comes back with it.
const fn is_risky(letter: char) -> bool {
    matches!(letter, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'')
}

/// A text as a spreadsheet shows it, and does not run it: with an apostrophe before it where it may be taken for a formula.
pub(super) fn neutral(text: String) -> String {
    if text.starts_with(is_risky) {
        format!("'{text}")
    } else {
        text
    }
}

/// The text that [`neutral`] was given.
pub(super) fn original(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(is_risky) => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("=1+1", "'=1+1")]
    #[case("+1", "'+1")]
    #[case("-1", "'-1")]
    #[case("@SUM(A1)", "'@SUM(A1)")]
    #[case("\tx", "'\tx")]
    #[case("\rx", "'\rx")]
    #[case("'=1", "''=1")]
    #[case("'s-Hertogenbosch", "''s-Hertogenbosch")]
    #[case("AMR =1", "AMR =1")]
    #[case("", "")]
    fn a_formula_is_a_text_and_comes_back(#[case] text: &str, #[case] expected: &str) {
        let cell = neutral(text.to_owned());
        assert_eq!(cell, expected);
        assert_eq!(original(&cell), text);
    }
}
