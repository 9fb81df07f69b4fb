//! Fields of a partial update, in which an omitted field and an explicit null mean different things.

use domain::Violations;
use juniper::Nullable;

/// Returns the new value of a required field; `None` if it was omitted. Null is a violation.
pub(super) fn value<T>(faults: &mut Violations, field: &str, sent: Nullable<T>) -> Option<T> {
    match sent {
        Nullable::ImplicitNull => None,
        Nullable::ExplicitNull => {
            faults.add(field, "must not be null");
            None
        }
        Nullable::Some(value) => Some(value),
    }
}

/// Returns the new value of an optional field; `None` if it was omitted, `Some(None)` if null was sent to clear it.
pub(super) fn option<T>(sent: Nullable<T>) -> Option<Option<T>> {
    match sent {
        Nullable::ImplicitNull => None,
        Nullable::ExplicitNull => Some(None),
        Nullable::Some(value) => Some(Some(value)),
    }
}
