//! The application layer: one [`Application`] with all use cases, the ports that they need, and the live core.
//!
//! * [`ports`]: traits that adapters implement.
//! * [`vehicles`], [`groups`], [`organizations`]: use cases about the registry.
//! * [`sessions`], [`users`], [`grants`]: use cases about authentication and access.
//! * [`audit`]: use cases about the audit log, and the recording of refused operations.
//! * [`dead_letters`]: use cases about the rejected messages from robots.
//! * [`live_queries`]: use cases that read or subscribe to the current state of vehicles.
//! * [`mapping`], [`synchronization`]: the mapping of vehicles to their live keys, and its consistency.
//! * [`log_level`]: the level of this server's log.
//! * [`nodes`]: entities of any kind by their ids.
//! * [`registry_changes`]: how changes to the registry take effect.
//! * [`identity`]: authentication of callers, and their current rights.
//! * [`live`]: the live core, which delivers accepted positions to subscribers.
//! * [`registry`], [`telemetry`]: events of the registry, and messages from robots.
//! * [`fairness`]: how callers share scarce resources.
//! * [`spans`]: spans of the work that a traced request causes.
//! * [`validation`]: rules about the shape of inputs.
//! * [`health`]: health and readiness of the server.
//!
//! Use cases for authenticated callers take an [`Actor`], whose scope limits what they read and change. Modules import
//! in one direction only, which a test checks.

pub mod actor;
mod application;
pub mod audit;
pub mod dead_letters;
pub mod error;
pub mod fairness;
pub mod grants;
pub mod groups;
pub mod health;
pub mod identity;
pub mod live;
pub mod live_queries;
pub mod log_level;
pub mod mapping;
pub mod nodes;
mod observation;
pub mod organizations;
pub mod paging;
pub mod ports;
pub mod registry;
pub mod registry_changes;
pub mod sessions;
pub mod spans;
pub mod synchronization;
pub mod telemetry;
pub mod users;
pub mod validation;
pub mod vehicles;

pub use ::live::{Moment, trace};
pub use actor::{Actor, Origin, place_of};
pub use application::{Application, Settings};
pub use error::{Error, GivenUp, Result};
