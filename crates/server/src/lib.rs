//! Configuration, wiring, command line and shutdown, which turn the other crates into a server.
//!
//! * [`cli`]: the command line, from arguments to the command that runs.
//! * [`commands`]: the subcommands.
//! * [`config`]: every setting, typed and validated.
//! * [`failure`]: errors of commands and their exit codes.
//! * [`printable`]: texts for terminals.
//! * [`publisher`], [`recording`]: publishing to Redis in place of a robot.
//! * [`serve`]: start, operation and shutdown of a server.
//! * [`stores`]: the choice of adapters that store data.

pub mod cli;
pub mod commands;
pub mod config;
pub mod failure;
pub mod printable;
pub mod publisher;
pub mod recording;
pub mod serve;
pub mod stores;
