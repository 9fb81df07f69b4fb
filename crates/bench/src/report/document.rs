//! Putting figures into a document that people wrote.

use std::{fs, path::Path};

use anyhow::Context as _;

const BEGIN: &str = "<!-- figures: begin (written by fleetwatch-bench) -->\n";
const END: &str = "<!-- figures: end -->\n";

/// Replaces what is between the markers.
///
/// # Errors
/// When there is no such document, or it has no markers.
pub fn write_into(document: &Path, figures: &str) -> anyhow::Result<()> {
    let name = document.display();
    let text = fs::read_to_string(document).with_context(|| format!("{name} can't be read"))?;
    let text = replaced(&text, figures).with_context(|| format!("{name} has no markers {BEGIN}and {END}"))?;
    fs::write(document, text).with_context(|| format!("{name} can't be written"))
}

fn replaced(text: &str, figures: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n\n{END}{after}", figures.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let document = format!("# Title\n{BEGIN}old\n{END}last words\n");
        let once = replaced(&document, "new\n").expect("it has markers");
        assert_eq!(once, format!("# Title\n{BEGIN}\nnew\n\n{END}last words\n"));
        assert_eq!(replaced(&once, "new"), Some(once.clone()));
    }

    #[test]
    fn a_document_without_markers_is_left_alone() {
        assert_eq!(replaced("# Title\n", "new"), None);
    }
}
