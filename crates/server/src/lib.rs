//! Configuration, wiring, command line, shutdown: what makes a server of the other crates.
//!
//! * [`cli`]: the command line, from arguments to the command that runs.
//! * [`commands`]: what each subcommand does.
//! * [`config`]: every setting, typed and checked.
//! * [`failure`]: why a command ended badly, and with which exit code.
//! * [`publisher`], [`recording`]: saying something in a robot's place.
//! * [`serve`]: a server from its start to its end.
//! * [`stores`]: where things are kept.

pub mod cli;
pub mod commands;
pub mod config;
pub mod failure;
pub mod publisher;
pub mod recording;
pub mod serve;
pub mod stores;
