//! A server from its start to its end.

mod migrate;
mod observe;
mod run;
mod shutdown;
mod use_cases;

pub use observe::observe;
pub use run::{Server, serve};
pub use shutdown::until_asked_to_stop;
