//! Insertion of figures into a document.

use std::{fs, path::Path};

use anyhow::Context as _;

/// Replaces the text between the markers of a part, such as `figures`.
///
/// # Errors
/// Fails if the document can't be read or written, or lacks the markers.
pub(crate) fn write_into(document: &Path, part: &str, figures: &str) -> anyhow::Result<()> {
    let name = document.display();
    let text = fs::read_to_string(document).with_context(|| format!("{name} can't be read"))?;
    let text = replaced(&text, part, figures).with_context(|| format!("{name} has no markers of {part}"))?;
    fs::write(document, text).with_context(|| format!("cannot write {name}"))
}

fn replaced(text: &str, part: &str, figures: &str) -> Option<String> {
    let begin = format!("<!-- {part}: begin (written by fleetwatch-bench) -->\n");
    let end = format!("<!-- {part}: end -->\n");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{}\n\n{end}{after}", figures.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_between_the_markers_is_replaced() {
        let begin = "<!-- pages: begin (written by fleetwatch-bench) -->\n";
        let end = "<!-- pages: end -->\n";
        let document = format!("# Title\n{begin}old\n{end}last words\n");
        let once = replaced(&document, "pages", "new\n").expect("the document has markers");
        assert_eq!(once, format!("# Title\n{begin}\nnew\n\n{end}last words\n"));
        assert_eq!(replaced(&once, "pages", "new"), Some(once.clone()));
        assert_eq!(replaced(&once, "figures", "new"), None);
    }

    #[test]
    fn a_document_without_markers_is_unchanged() {
        assert_eq!(replaced("# Title\n", "pages", "new"), None);
    }
}
