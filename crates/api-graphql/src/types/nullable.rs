//! Fields of partial updates. An omitted field and an explicit null have different meanings.

use domain::Violations;
use juniper::Nullable;

/// Returns the new value of a required field; `None` if it was omitted, or is null. Null is a violation.
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

/// Returns the new value of an optional field; `None` if it was omitted, `Some(None)` if it is to be cleared.
pub(super) fn option<T>(sent: Nullable<T>) -> Option<Option<T>> {
    match sent {
        Nullable::ImplicitNull => None,
        Nullable::ExplicitNull => Some(None),
        Nullable::Some(value) => Some(Some(value)),
    }
}
