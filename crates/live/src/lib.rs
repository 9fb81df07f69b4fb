//! The live state of a fleet: the newest data of each vehicle, and the subscribers that receive its changes.
//!
//! ```text
//! a report ─→ Core::apply ─→ LiveTable ─→ Hub: rooms and their paces ─→ Mailbox ─→ a socket, a subscription
//! ```
//!
//! [`Core`] is plain data. Every rule is a function of its arguments, including the time; nothing here is async, reads
//! a clock or does I/O. A server keeps one core behind one lock and drives it with decoded messages, changes to the
//! registry, subscriptions, and [`Core::beat`] and [`Core::tick`] at the times that [`Core::next_beat_us`] returns.
//!
//! Positions and states are merged, and the newest wins. Events (changes of status or connection, errors, removals) are
//! delivered in order, unless a subscriber is so slow that it gets a new snapshot instead.
//!
//! * `core`: the rules for one message, one change to the registry, one tick.
//! * `live_table`: the newest data of each vehicle, by a dense index.
//! * `hub`: rooms of subscribers that share an interest, a scope and a pace.
//! * `mailbox`: the queue of one subscriber, and the policy for a slow one.
//! * `roster`: the vehicles of the registry, for subscribers that follow it in addition to positions.
//! * `registry_watch`, `vehicle_watch`: watchers that receive each change exactly once, in order, until they fall too
//!   far behind.
//! * [`report`], [`record`]: a decoded message from a robot, and the current state of a vehicle as its live keys store
//!   it.

#![warn(missing_docs)]

mod batch;
mod core;
mod current_state;
mod dirty_set;
mod encoded;
mod event;
mod filter;
mod hub;
mod index_bits;
mod indices;
mod interest;
mod kept;
mod kept_age;
mod key_standing;
mod live_table;
mod mailbox;
mod membership;
mod moment;
mod pace;
pub mod record;
mod registry_news;
mod registry_watch;
mod rejections;
pub mod report;
mod roster;
mod running_time;
#[cfg(test)]
mod sample;
mod staleness_timers;
mod tie;
pub mod trace;
mod traced;
mod vehicle_info;
mod vehicle_watch;
mod view;

pub use self::core::{
    ConnectionCounts, Core, KeyCheck, LiveRules, LiveStats, MAX_TOPICS, Outcome, Selected, Selection,
    SubscribeError,
};
pub use batch::{Batch, Delivery, DeliveryNumber, Oldest, Outlet};
pub use current_state::CurrentState;
pub use encoded::{EncodedFrame, EncodedOnce, EncodedPart};
pub use event::LiveEvent;
pub use filter::{Area, Filter, InvalidArea};
pub use hub::Served;
pub use index_bits::IndexBits;
pub use indices::{SubscriberId, VehicleIndex};
pub use interest::Topic;
pub use kept::{believed, is_position_believed, is_state_believed};
pub use live_table::{Activity, DeletionCursor, TableCursor};
pub use mailbox::{Discarded, FeedStatus, Mailbox, OutgoingMessage, Turn};
pub use moment::Moment;
pub use pace::DeliveryMode;
pub use registry_news::{RegistryChange, RegistryNews, StatusChange};
pub use registry_watch::{NewsLost, RegistryQueue, RegistryWatcherId};
pub use roster::{RosterEvent, RosterPage};
pub use traced::{MessageNumbers, TracedMessage};
pub use vehicle_info::VehicleInfo;
pub use vehicle_watch::{IndexedNews, VehicleNews, VehicleQueue, VehicleWatcherId, Wants};
pub use view::VehicleView;
