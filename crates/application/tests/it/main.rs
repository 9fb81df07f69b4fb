//! Use cases by scenario, on stores in memory.

mod changes;
mod groups;
mod imports;
mod live_queries;
mod observing;
mod registry_news;
mod stage;
mod vehicles;
