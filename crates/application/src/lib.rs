//! What the system does: one [`Application`] of use cases, the ports that they need, and the live core.
//!
//! * [`ports`]: traits, in the words of the domain, that adapters implement.
//! * [`vehicles`], [`groups`], [`organizations`]: use cases about the registry.
//! * [`sessions`], [`users`], [`grants`]: use cases about who may log in, and what they may see.
//! * [`audit`]: refusals are written down, and the audit log is read.
//! * [`live_queries`]: use cases that ask for the current state of vehicles, once or from now on.
//! * [`nodes`]: things of any kind by their ids.
//! * [`registry_changes`]: how changes of the registry come into force.
//! * [`identity`]: who calls.
//! * [`live`]: from an accepted position to its subscribers.
//! * [`registry`], [`telemetry`]: the events of the registry, and the messages of robots.
//! * [`fairness`]: how callers share scarce resources.
//! * [`validation`]: rules about the shape of inputs, in one list with all other faults.
//! * [`health`]: whether the server can do its work.
//!
//! Every use case takes the [`Actor`] on whose behalf it runs; there is no way to ask for vehicles without a
//! scope. Modules import in one direction only, which a test checks.

pub mod actor;
mod application;
pub mod audit;
pub mod error;
pub mod fairness;
pub mod grants;
pub mod groups;
pub mod health;
pub mod identity;
pub mod live;
pub mod live_queries;
pub mod nodes;
pub mod organizations;
pub mod paging;
pub mod ports;
pub mod registry;
pub mod registry_changes;
pub mod sessions;
pub mod telemetry;
pub mod users;
pub mod validation;
pub mod vehicles;

pub use ::live::{Moment, trace};
pub use actor::{Actor, Origin, place_of};
pub use application::{Application, Settings};
pub use error::{Error, Result};
