//! A server from its start to its end.

mod cors;
mod doors;
mod identity;
mod migrate;
mod observe;
mod run;
mod shutdown;
mod use_cases;

pub use identity::password_hasher;
pub use observe::observe;
pub use run::{Server, serve};
pub use shutdown::until_asked_to_stop;
