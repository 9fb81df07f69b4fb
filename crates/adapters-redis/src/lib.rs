//! Redis: what robots publish there, what is kept there of each vehicle's present, and what was not taken.
//!
//! * [`wire`]: messages, taken apart and checked.

pub mod wire;
