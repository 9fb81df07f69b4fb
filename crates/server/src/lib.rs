//! Configuration, wiring, command line, shutdown: what makes a server of the other crates.
//!
//! * [`cli`]: the command line, from arguments to the command that runs.
//! * [`commands`]: what each subcommand does.
//! * [`config`]: every setting, typed and checked.
//! * [`failure`]: why a command ended badly, and with which exit code.

pub mod cli;
pub mod commands;
pub mod config;
pub mod failure;
