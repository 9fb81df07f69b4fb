//! Texts for terminals: names, paths and messages from elsewhere, which may contain control characters.

/// Returns the text in a single line, with control characters and those that change the direction of text escaped.
#[must_use]
pub fn line(text: &str) -> String {
    escaped(text, &[])
}

/// Returns the text like [`line()`], but keeps line breaks and tabs.
#[must_use]
pub fn lines(text: &str) -> String {
    escaped(text, &['\n', '\t'])
}

fn escaped(text: &str, kept: &[char]) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\'' | '"' | '\\' => shown.push(character),
            other if kept.contains(&other) => shown.push(other),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_changes_of_direction_are_escaped() {
        assert_eq!(
            line("süd 'a' \"b\" \\ \u{202e}\u{1b}[31m\r\n"),
            "süd 'a' \"b\" \\ \\u{202e}\\u{1b}[31m\\r\\n"
        );
    }

    #[test]
    fn lines_are_kept() {
        assert_eq!(lines("a:\n\tb\u{1b}\r"), "a:\n\tb\\u{1b}\\r");
    }
}
