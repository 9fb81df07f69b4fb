//! What every `LiveKeys` does.
