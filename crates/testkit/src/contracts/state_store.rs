//! What every `StateStore` does.
