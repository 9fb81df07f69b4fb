//! Texts that a spreadsheet must not take for formulas
//! (<https://owasp.org/www-community/attacks/CSV_Injection>).

use std::borrow::Cow;

/// Whether a spreadsheet may run a text that begins so. An apostrophe is among them, so that a text that begins with one
/// comes back with it. Spreadsheets of East Asian settings take the full-width signs for the others.
const fn is_risky(letter: char) -> bool {
    matches!(
        letter,
        '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n' | '\''
    )
}

/// Whether a spreadsheet may begin a cell behind this letter: in many countries it separates cells by semicolons.
const fn is_separator(letter: char) -> bool {
    matches!(letter, ';' | '\t' | '\r' | '\n')
}

/// A text as a spreadsheet shows it, and does not run it: with an apostrophe wherever a cell may begin as a formula does.
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

/// The text that [`neutral`] was given.
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
    fn a_formula_is_a_text_and_comes_back(#[case] text: &str, #[case] expected: &str) {
        let cell = neutral(text.to_owned());
        assert_eq!(cell, expected);
        assert_eq!(original(&cell), text);
    }
}
