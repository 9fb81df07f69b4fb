//! Cursors: positions in lists, opaque to clients.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Position in a list: the name of the list and its order, the value of the sort field, and the id, which breaks ties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) list: String,
    pub(crate) key: String,
    pub(crate) id: Uuid,
}

impl Cursor {
    /// Returns the position of an id in a list that is sorted by id alone.
    pub(crate) fn by_id(list: &str, id: Uuid) -> Self {
        Self {
            list: list.to_owned(),
            key: String::new(),
            id,
        }
    }

    /// Returns the id if this is a position in the list of that name, which is sorted by id alone.
    pub(crate) fn into_id(self, list: &str) -> Option<Uuid> {
        (self.list == list && self.key.is_empty()).then_some(self.id)
    }

    /// Returns the cursor as text for clients: a JSON array in URL-safe base64.
    pub(crate) fn encode(&self) -> String {
        let json = serde_json::json!([self.list, self.key, self.id.to_string()]);
        BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
    }

    /// Parses the text of a cursor; `None` if it is invalid.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (list, key, id): (String, String, String) = serde_json::from_slice(&json).ok()?;
        let id = Uuid::try_parse(&id).ok()?;
        Some(Self { list, key, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back() {
        let cursor = Cursor {
            list: "name".to_owned(),
            key: "süd \"7\"\0".to_owned(),
            id: Uuid::from_u128(u128::MAX / 3),
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn other_texts_are_not_cursors() {
        let foreign = BASE64_URL_SAFE_NO_PAD.encode(r#"["name","x","7"]"#);
        for text in [
            "",
            "=",
            "AAAA",
            "ü",
            "00000000-0000-0000-0000-000000000007",
            &foreign,
        ] {
            assert_eq!(Cursor::decode(text), None, "{text:?}");
        }
    }
}
