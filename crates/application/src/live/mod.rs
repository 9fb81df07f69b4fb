//! From an accepted position to whoever watches it.
//!
//! ```text
//! TelemetryBus ─→ workers::feed ─→ Core::apply ─→ LiveTable ─→ Hub ─→ Mailbox ─→ a socket, a subscription
//!                                      └→ dead letters, statuses, live keys (workers)
//! ```
//!
//! The core is plain data behind one mutex that is held for microseconds and never across an await: whoever
//! has something to say (a message, a mutation, a subscription, the clock) takes it, changes the data and
//! leaves. Everything here is *state, not a log*: positions are merged so that the newest wins; changes of
//! status, errors and removals are not merged, and stay in order.
//!
//! * [`Live`]: the door; what adapters and APIs hold.
//! * `core`: the rules for one message, one mutation, one tick, as functions of the time.
//! * `table`: the newest of each vehicle, by a dense index.
//! * `hub`: rooms of subscribers that share an interest and a pace.
//! * `mailbox`: what waits for one subscriber, and what happens when it is slow.
//! * `roster`: which vehicles there are, for subscribers who follow that beside positions.
//! * `registry_watch`: who watches the registry's own news.
//! * `vehicle_watch`: watchers of vehicles as they are shown, whatever changes of them.
//! * [`workers`]: the tasks that drive all this.

mod batch;
mod core;
mod dirty_set;
mod encoded;
mod event;
mod hub;
mod interest;
mod kept;
mod key_standing;
mod live_table;
mod mailbox;
mod pace;
mod present;
mod registry_watch;
mod rejections;
mod roster;
mod service;
mod silence;
mod subscriber;
mod vehicle_watch;
mod view;
pub mod workers;

pub use self::core::LiveRules;
pub use batch::{Batch, Delivery, DeliveryNumber};
pub use encoded::{EncodedOnce, Encoding};
pub use event::LiveEvent;
pub use interest::{Interest, Topic};
pub use mailbox::{FeedStatus, Parcel};
pub use present::Present;
pub use registry_watch::{NewsLost, RegistryWatch};
pub use roster::{RosterEvent, RosterPage, VehicleInfo};
pub(crate) use service::Selection;
pub use service::{Live, LiveStats};
pub use subscriber::Subscriber;
pub use vehicle_watch::{VehicleNews, VehicleWatch};
pub use view::VehicleView;
