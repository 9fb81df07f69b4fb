//! Extraction of the vehicle's id from a message.

/// Returns the text of the vehicle's id, without validation.
pub(super) fn id_in(message: &[u8]) -> Option<[u8; 36]> {
    const KEY: &[u8] = br#""vehicleId":""#;
    let start = message.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    message.get(start..start + 36)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_extracted_from_a_message() {
        let id = "0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70";
        let message = format!(r#"{{"x":1,"vehicleId":"{id}","y":2}}"#);
        assert_eq!(
            id_in(message.as_bytes()).as_ref().map(|id| &id[..]),
            Some(id.as_bytes())
        );
        assert_eq!(id_in(br#"{"vehicleId":"short"}"#), None);
        assert_eq!(id_in(b"{}"), None);
    }
}
