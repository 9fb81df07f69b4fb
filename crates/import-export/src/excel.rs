//! Neutralisation of texts that spreadsheets could execute as formulas
//! (<https://owasp.org/www-community/attacks/CSV_Injection>).

use std::borrow::Cow;

/// Returns `true` if a spreadsheet may execute a cell that starts with this character. With East Asian settings, this
/// includes full-width signs. The apostrophe is included so that [`original`] restores texts that start with one.
const fn is_risky(letter: char) -> bool {
    matches!(
        letter,
        '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n' | '\''
    )
}

/// Returns `true` if a spreadsheet may start a new cell after this character. Semicolons are common separators.
const fn is_separator(letter: char) -> bool {
    matches!(letter, ';' | '\t' | '\r' | '\n')
}

/// Returns the text with an apostrophe inserted at every possible start of a formula, so that spreadsheets display it
/// but do not execute it.
pub(crate) fn neutral(text: String) -> String {
    let mut neutral = String::with_capacity(text.len() + 1);
    let mut is_start = true;
    for letter in text.chars() {
        if is_start && is_risky(letter) {
            neutral.push('\'');
        }
        neutral.push(letter);
        is_start = is_separator(letter);
    }
    neutral
}

/// Reverses [`neutral`].
pub(crate) fn original(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\'') {
        return Cow::Borrowed(cell);
    }
    let mut original = String::with_capacity(cell.len());
    let mut is_start = true;
    let mut letters = cell.chars().peekable();
    while let Some(mut letter) = letters.next() {
        if is_start && letter == '\'' {
            letter = letters.next_if(|next| is_risky(*next)).unwrap_or(letter);
        }
        original.push(letter);
        is_start = is_separator(letter);
    }
    Cow::Owned(original)
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
    #[case("＝1+1", "'＝1+1")]
    #[case("＋1", "'＋1")]
    #[case("－1", "'－1")]
    #[case("＠SUM(A1)", "'＠SUM(A1)")]
    #[case("\tx", "'\tx")]
    #[case("\rx", "'\rx")]
    #[case("'=1", "''=1")]
    #[case("'s-Hertogenbosch", "''s-Hertogenbosch")]
    #[case("AMR =1", "AMR =1")]
    #[case("a;=1+1", "a;'=1+1")]
    #[case("a;b;＝1", "a;b;'＝1")]
    #[case("a;'=1", "a;''=1")]
    #[case("a;'b", "a;''b")]
    #[case("a;;-1;", "a;;'-1;")]
    #[case("a\t=1", "a\t'=1")]
    #[case("\t=1", "'\t'=1")]
    #[case("a; =1", "a; =1")]
    #[case("'", "''")]
    #[case("", "")]
    fn a_formula_is_neutralised_and_restored(#[case] text: &str, #[case] expected: &str) {
        let cell = neutral(text.to_owned());
        assert_eq!(cell, expected);
        assert_eq!(original(&cell), text);
    }
}
