//! Fields of a partial change, where leaving out and null are two things.

use domain::Violations;
use juniper::Nullable;

/// What a field that always has a value is to become, if it was sent.
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

/// What a field that may be empty is to become, if it was sent; null takes its value away.
pub(super) fn option<T>(sent: Nullable<T>) -> Option<Option<T>> {
    match sent {
        Nullable::ImplicitNull => None,
        Nullable::ExplicitNull => Some(None),
        Nullable::Some(value) => Some(Some(value)),
    }
}
