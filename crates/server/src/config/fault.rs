//! Faults of a setting's text.

use super::mask::without_credentials;

/// Reason why a text is not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Description of the fault, such as `must be true or false`.
    description: String,
    /// The rejected text, or the rejected entries of a list; empty if the description is complete without them.
    rejected: Vec<String>,
    is_list: bool,
}

impl Fault {
    /// Returns a fault whose description is complete. It must not contain the text, which may be secret.
    pub(super) fn described(description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            rejected: Vec::new(),
            is_list: false,
        }
    }

    /// Returns the fault of a text that does not match the description.
    pub(super) fn of_text(description: impl Into<String>, text: &str) -> Self {
        Self {
            rejected: vec![text.to_owned()],
            ..Self::described(description)
        }
    }

    /// Joins the faults of a list's entries under the description of the first; `None` if there are none.
    pub(super) fn of_list(faults: Vec<Self>) -> Option<Self> {
        let mut faults = faults.into_iter();
        let mut joined = faults.next()?;
        joined.is_list = true;
        joined.rejected.extend(faults.flat_map(|fault| fault.rejected));
        Some(joined)
    }

    /// Returns the description with the rejected text.
    pub(super) fn with_text(&self) -> String {
        let Self {
            description,
            rejected,
            is_list,
        } = self;
        let shown: Vec<_> = rejected.iter().map(|text| quoted(text)).collect();
        match &shown[..] {
            [] => description.clone(),
            entries if *is_list => format!("{description}; invalid: {}", entries.join(", ")),
            texts => format!("{description}, not {}", texts.join(", ")),
        }
    }

    /// Returns the description without the rejected text, which is secret.
    pub(super) fn without_text(self) -> String {
        self.description
    }
}

/// Returns a text in quotes, shortened, and with control characters escaped. Any setting may have been given a URL by
/// mistake, so the parts of a URL that may be credentials are masked.
fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let text = without_credentials(text);
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("\"{}…\"", text[..end].escape_debug()),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_text_is_short_and_has_no_control_characters() {
        let fault = Fault::of_text("must be a port", &"ä\u{1b}".repeat(100));
        let shown = fault.with_text();
        assert!(
            shown.starts_with("must be a port, not \"ä\\u{1b}ä") && shown.ends_with("…\""),
            "{shown}"
        );
        assert_eq!(shown.matches('ä').count(), 40);
    }

    #[test]
    fn only_the_invalid_entries_of_a_list_are_listed() {
        let faults = ["b", "c"].map(|text| Fault::of_text("must be a list of a", text));
        let fault = Fault::of_list(faults.to_vec()).expect("two faults");
        assert_eq!(fault.with_text(), "must be a list of a; invalid: \"b\", \"c\"");
        assert_eq!(fault.without_text(), "must be a list of a");
        assert_eq!(Fault::of_list(Vec::new()), None);
    }
}
