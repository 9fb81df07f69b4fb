//! TLS for clients.
//!
//! * [`roots_in`], [`roots_of_the_system`] and [`public_roots`]: root certificates.
//! * [`verified`]: a configuration that verifies servers against root certificates.
//! * [`builder`]: a builder of other configurations.

mod configuration;
mod roots;

pub use configuration::{builder, verified};
pub use roots::{public_roots, roots_in, roots_of_the_system};
