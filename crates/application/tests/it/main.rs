//! Use cases by scenario, on stores in memory.

mod live_queries;
mod stage;
mod vehicles;
