//! GraphQL over real HTTP and real sockets, on stores in memory.

mod errors;
mod http;
mod inputs;
mod limits;
mod operations;
mod present;
mod sdl;
mod socket_client;
mod sockets;
mod stage;
mod vehicles;
