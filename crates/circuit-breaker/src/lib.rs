//! Circuit breakers in front of outside services.
//!
//! * [`CircuitBreaker`]: lets calls to one server pass, or fails them at once while the server is unavailable.
//! * [`Probe`]: an attempt to reach the server, with which the breaker finds out whether it is available.
//! * [`Circuits`]: the breakers of one dependency, which may consist of several servers, and their common state.

mod breaker;
mod circuits;
mod probe;

pub use breaker::{BreakerOptions, CircuitBreaker, CircuitOpen};
pub use circuits::Circuits;
pub use probe::{Probe, Unreachable};
