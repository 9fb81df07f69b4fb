//! Tests of the program itself.

mod hostile;
mod soak;
