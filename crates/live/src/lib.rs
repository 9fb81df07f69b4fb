//! The live state of a fleet: the newest of each vehicle, and the subscribers to whom changes go.
//!
//! ```text
//! a report ─→ Core::apply ─→ LiveTable ─→ Hub: rooms and their paces ─→ Mailbox ─→ a socket, a subscription
//! ```
//!
//! [`Core`] is plain data. Every rule is a function of what is passed to it, the time included; nothing here waits, reads a
//! clock or does I/O. A server keeps one core behind one lock and drives it: with decoded messages, with changes of the
//! registry, with subscriptions, and with [`Core::tick`] when [`Core::next_tick_us`] says so.
//!
//! Everything is *state, not a log*: positions are merged so that the newest wins; changes of status, errors and removals
//! are not merged, and stay in order.
//!
//! * `core`: the rules for one message, one change of the registry, one tick.
//! * `live_table`: the newest of each vehicle, by a dense index.
//! * `hub`: rooms of subscribers that share an interest, a scope and a pace.
//! * `mailbox`: what waits for one subscriber, and the policy for a slow one.
//! * `roster`: which vehicles there are, for subscribers that follow this beside positions.
//! * `registry_watch`, `vehicle_watch`: watchers of single changes, in order, each once.
//! * [`report`], [`record`]: a robot's word, and a vehicle's present as the live keys hold it.

#![warn(missing_docs)]

mod batch;
mod core;
mod current_state;
mod dirty_set;
mod encoded;
mod event;
mod hub;
mod index_bits;
mod indices;
mod interest;
mod kept;
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
#[cfg(test)]
mod sample;
mod staleness_timers;
pub mod trace;
mod vehicle_info;
mod vehicle_watch;
mod view;

pub use self::core::{Core, KeyCheck, LiveRules, LiveStats, Outcome, Selected, Selection, UnknownVehicle};
pub use batch::{Batch, Delivery, DeliveryNumber};
pub use current_state::CurrentState;
pub use encoded::{EncodedOnce, Encoding};
pub use event::LiveEvent;
pub use hub::Served;
pub use index_bits::IndexBits;
pub use indices::{SubscriberId, VehicleIndex};
pub use interest::{Interest, Topic};
pub use kept::{believed, is_position_believed, is_state_believed};
pub use live_table::{Activity, TableCursor};
pub use mailbox::{FeedStatus, Mailbox, OutgoingMessage};
pub use moment::Moment;
pub use registry_news::{RegistryChange, RegistryNews, StatusChange};
pub use registry_watch::{NewsLost, RegistryQueue, RegistryWatcherId};
pub use roster::{RosterEvent, RosterPage};
pub use vehicle_info::VehicleInfo;
pub use vehicle_watch::{IndexedNews, VehicleNews, VehicleQueue, VehicleWatcherId, Wants};
pub use view::VehicleView;
