//! Edits of a document's text.

use juniper::{Span, parser::SourcePosition};

/// Span of a document, and the text that replaces it.
pub(super) type Edit = (Span, String);

/// Applies edits, which must be in the order of their spans.
pub(super) fn edited(query: &str, edits: Vec<Edit>) -> String {
    // Juniper's positions count characters, not bytes.
    let bytes: Vec<usize> = query
        .char_indices()
        .map(|(byte, _)| byte)
        .chain([query.len()])
        .collect();
    let byte_of = |position: SourcePosition| bytes[position.index().min(bytes.len() - 1)];
    let (mut result, mut end) = (String::with_capacity(query.len() * 2), 0);
    for (span, text) in edits {
        result.push_str(&query[end..byte_of(span.start)]);
        result.push_str(&text);
        end = byte_of(span.end);
    }
    result.push_str(&query[end..]);
    result
}
