//! Every setting of the server: where it may come from, of what type it is, and what it must not be.
//!
//! A setting `<SECTION>__<KEY>` is taken from the environment variable `FLEETWATCH_<SECTION>__<KEY>`, else from
//! the TOML file of `--config` (`key` in the table `[section]`), else from the default of its environment. It
//! is declared in one line of `sections`: name, default, type and range. What was given and is declared
//! nowhere is an error, and all errors are told at once.

mod address;
mod environment;
mod prefix;
mod problem;
mod reader;
mod secret;
mod sections;
mod signing_key;
mod sources;
mod transport;
mod value;

use std::{ffi::OsString, path::Path};

pub use address::BindAddress;
pub use environment::Environment;
pub use prefix::PREFIX;
pub use problem::{Problem, Problems};
pub use reader::Setting;
pub use sections::{Auth, Data, Database, Graphql, Http, Limits, Live, Log, LogFormat, Redis, Telemetry, Ws};
pub use sources::Origin;

use reader::Reader;

/// The configuration of a server, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The kind of place that the server runs in.
    pub environment: Environment,
    /// What the server keeps on disk by itself.
    pub data: Data,
    /// The HTTP endpoint.
    pub http: Http,
    /// PostgreSQL.
    pub database: Database,
    /// Redis.
    pub redis: Redis,
    /// From a robot's message to the newest picture.
    pub live: Live,
    /// The live gateway.
    pub ws: Ws,
    /// Users and their tokens.
    pub auth: Auth,
    /// How often somebody may ask.
    pub limits: Limits,
    /// What a GraphQL query may cost.
    pub graphql: Graphql,
    /// The log.
    pub log: Log,
    /// Traces.
    pub telemetry: Telemetry,
    /// Settings that the server accepts but should not run with, each in words that name it.
    pub warnings: Vec<String>,
}

/// A configuration, and where each part of it comes from.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The configuration.
    pub config: Config,
    /// Every setting there is, in the order of the documentation, as it may be shown to people.
    pub settings: Vec<Setting>,
}

impl Config {
    /// From the variables of this process over the TOML file over the defaults.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load(file: Option<&Path>) -> Result<Self, Problems> {
        Effective::load(file, std::env::vars_os()).map(|effective| effective.config)
    }

    fn read(from: &mut Reader) -> Self {
        Self {
            environment: from.environment(),
            data: Data::read(from),
            http: Http::read(from),
            database: Database::read(from),
            redis: Redis::read(from),
            live: Live::read(from),
            ws: Ws::read(from),
            auth: Auth::read(from),
            limits: Limits::read(from),
            graphql: Graphql::read(from),
            log: Log::read(from),
            telemetry: Telemetry::read(from),
            warnings: Vec::new(),
        }
    }
}

impl Effective {
    /// From `variables` over the TOML file over the defaults.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Problems> {
        let mut reader = Reader::new(sources::gather(file, variables));
        let mut config = Config::read(&mut reader);
        config.warnings = reader.take_warnings();
        let settings = reader.finish()?;
        Ok(Self { config, settings })
    }
}

#[cfg(test)]
mod tests;
