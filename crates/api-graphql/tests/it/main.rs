//! GraphQL over real HTTP and real sockets, on stores in memory.

mod batches;
mod batching;
mod connections;
mod cost;
mod docs;
mod errors;
mod fuzz;
mod groups;
mod http;
mod identity;
mod inputs;
mod limits;
mod operations;
mod persisted;
mod present;
mod probe;
mod registry_news;
mod renewal;
mod sdl;
mod socket_client;
mod sockets;
mod stage;
mod stores;
mod streams;
mod updates;
mod vehicles;
