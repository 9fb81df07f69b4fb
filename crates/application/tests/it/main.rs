//! Tests of the use cases, grouped by scenario, on stores in memory.

mod caching;
mod change_signals;
mod changes;
mod contracts;
mod data_ages;
mod dead_letters;
mod groups;
mod identity;
mod imports;
mod lists;
mod live_queries;
mod log_levels;
mod mapping;
mod message_traces;
mod module_arrows;
mod observing;
mod permits;
mod refusals;
mod registry_news;
mod rights;
mod stage;
mod stopped_server;
mod synchronization;
mod users;
mod vehicles;
