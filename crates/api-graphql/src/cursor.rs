//! Cursors: a place in a list, opaque to clients.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::VehicleId;
use uuid::Uuid;

/// The place of a vehicle.
pub(crate) fn encode(id: VehicleId) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(id.as_uuid().as_bytes())
}

/// The vehicle whose place a cursor is; `None` for what is no cursor.
pub(crate) fn decode(cursor: &str) -> Option<VehicleId> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Uuid::from_slice(&bytes).ok().map(VehicleId::from_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back() {
        let id = VehicleId::from_uuid(Uuid::from_u128(u128::MAX / 3));
        assert_eq!(decode(&encode(id)), Some(id));
    }

    #[test]
    fn anything_else_is_no_cursor() {
        for text in ["", "=", "AAAA", "ü", "00000000-0000-0000-0000-000000000007"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
