//! From an accepted position to whoever watches it.
