//! Tests of the program itself.

mod hostile;
mod rolling;
mod soak;
