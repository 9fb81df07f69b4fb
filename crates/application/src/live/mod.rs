//! The live core in a running server: behind a lock, and driven by workers.
//!
//! ```text
//! TelemetryBus ─→ workers::feed ─→ Live ─→ live::Core ─→ a Subscriber's mailbox ─→ a socket, a subscription
//!                                    └→ dead letters, statuses, live keys (workers)
//! ```
//!
//! The rules and the data are in the crate `live`. This module gives access to them behind one mutex, which is never
//! held across an await, nor while all vehicles are visited.
//!
//! * [`Live`]: the shared core, which adapters and APIs hold.
//! * [`Subscriber`], [`RegistryWatch`], [`VehicleWatch`]: the ways to follow it.
//! * [`workers`]: the tasks that drive it.

mod canaries;
mod group_lookup;
mod key_access;
mod registry_status;
mod service;
mod subscriber;
mod watches;
pub mod workers;

pub use ::live::{
    Area, Batch, CurrentState, Delivery, DeliveryMode, DeliveryNumber, EncodedFrame, EncodedPart, FeedStatus,
    Filter, IndexedNews, InvalidArea, LiveEvent, LiveRules, LiveStats, MessageNumbers, NewsLost, Oldest,
    OutgoingMessage, Outlet, RosterEvent, RosterPage, Topic, TracedMessage, VehicleInfo, VehicleNews,
    VehicleView,
};
pub(crate) use canaries::Canaries;
pub use group_lookup::GroupLookup;
pub(crate) use key_access::KeyWriter;
pub use registry_status::RegistryStatus;
pub use service::{Live, MessageTraces};
pub use subscriber::Subscriber;
pub use watches::{RegistryWatch, VehicleWatch};
