//! Batched loading of data that several fields need.
//!
//! The fields of all vehicles of a page are resolved concurrently. Each registers the key that it needs, and waits.
//! Once the operation can't make progress without an answer (once it is *stalled*), all registered keys are requested
//! in one call. The number of calls therefore does not depend on the length of the page.
//!
//! * `loader`: collects keys, and distributes the answers.
//! * `stall`: drives an operation, and detects when it is stalled.
//! * `loaders`: the loaders of this API.

mod loader;
mod loaders;
mod stall;

pub(crate) use loader::Loader;
pub(crate) use loaders::{Loaders, Manner};
pub(crate) use stall::{Queue, drive};
