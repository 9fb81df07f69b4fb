//! What every `PositionStore` does.
