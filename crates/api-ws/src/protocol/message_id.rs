//! Ids of client messages.

/// Maximum length of a message id, in characters.
pub(crate) const MAX_ID_CHARS: usize = 128;
