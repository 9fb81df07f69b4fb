//! What many fields want to know is asked for once.
//!
//! The fields of a hundred vehicles are resolved side by side. Each says what it wants to know, and waits. When
//! the operation can't go on without answers, when it is *stalled*, all that is wanted is asked for in one call. So
//! what a page costs does not depend on how long it is.
//!
//! * `loader`: gathers the keys that are wanted, and hands out the answers.
//! * `stall`: drives an operation, and finds out when it is stalled.
//! * `loaders`: what this API loads that way.

mod loader;
mod loaders;
mod stall;

pub(crate) use loader::Loader;
pub(crate) use loaders::{Loaders, Manner};
pub(crate) use stall::{Queue, drive};
