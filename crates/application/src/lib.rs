//! What the system does: one file per use case, the ports that the use cases need, and the live core.
//!
//! * [`ports`]: traits, in the words of the domain, that adapters implement.
//! * [`vehicles`], [`groups`], [`organizations`]: use cases about the registry.
//! * [`identity`], [`users`], [`grants`]: use cases about who may log in, and what they may see.
//! * [`audit`]: what is written down of what people do.
//! * [`registry`]: what happens in the registry, and what others hear of it.
//! * [`live_queries`]: use cases that ask for a vehicle's present, once or from now on.
//! * [`nodes`]: things of any kind by their ids.
//! * [`telemetry`]: what arrives from robots.
//! * [`live`]: from an accepted position to whoever watches it.
//! * [`fairness`]: how callers share what there is little of.
//! * [`validation`]: rules about the shape of inputs, in one list with all other faults.
//! * [`health`]: whether the server can do its work.
//!
//! Every use case takes the [`Actor`] on whose behalf it runs; there is no way to ask for vehicles without a
//! scope.

pub mod actor;
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
pub mod telemetry;
pub mod users;
pub mod validation;
pub mod vehicles;

pub use ::live::{Moment, trace};
pub use actor::{Actor, Origin, place_of};
pub use error::{Error, Result};
