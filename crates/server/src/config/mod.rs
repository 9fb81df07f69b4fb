//! Settings of the server: their sources, types and valid ranges.
//!
//! The value of a setting `<SECTION>__<KEY>` comes from the environment variable `FLEETWATCH_<SECTION>__<KEY>`,
//! otherwise from the TOML file given with `--config` (`key` in the table `[section]`), or else from the default of the
//! deployment environment. Each setting is declared once, in `sections`, with its name, meaning, default, type and
//! range; the JSON Schema of the file and the reference are generated from these declarations. An undeclared setting is
//! an error, and all errors are reported at once.

mod address;
mod declaration;
mod environment;
mod fault;
mod form;
mod input;
mod mask;
mod own_address;
mod prefix;
mod problem;
mod reader;
mod reference;
mod schema;
mod secret;
mod sections;
mod shape;
mod signing_key;
mod sources;
mod transport;
mod value;

use std::{ffi::OsString, path::Path};

pub use address::BindAddress;
pub use environment::Environment;
pub use own_address::OwnAddress;
pub use prefix::PREFIX;
pub use problem::{Problem, Problems};
pub use reader::Setting;
pub use sections::{
    Auth, Data, Database, Graphql, Http, Limits, Live, Log, LogFormat, OtlpProtocol, Redis, Shutdown,
    Telemetry, Ws,
};
pub use sources::Origin;

use declaration::Declaration;
use reader::Reader;
use sources::Gathered;

/// Validated configuration of a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// Deployment environment, which selects the defaults.
    pub environment: Environment,
    /// Data directory of the server.
    pub data: Data,
    /// HTTP server: address, proxies, connections, optional endpoints.
    pub http: Http,
    /// Connection to PostgreSQL.
    pub database: Database,
    /// Connection to Redis.
    pub redis: Redis,
    /// Live data: plausibility, freshness, delivery interval, keys in Redis.
    pub live: Live,
    /// Sockets at `/ws` and `/graphql/ws`, and streams at `/graphql/stream`.
    pub ws: Ws,
    /// Users, sessions and tokens.
    pub auth: Auth,
    /// Rate limits and request body limits.
    pub limits: Limits,
    /// Limits on GraphQL requests.
    pub graphql: Graphql,
    /// Log output.
    pub log: Log,
    /// Export of traces.
    pub telemetry: Telemetry,
    /// Messages about settings that are accepted but unsafe. Each message names its setting.
    pub warnings: Vec<String>,
}

/// A configuration and the source of each of its settings.
#[derive(Debug, Clone)]
pub struct Effective {
    pub config: Config,
    /// All settings, section by section, with secrets masked.
    pub settings: Vec<Setting>,
}

impl Config {
    /// Loads the configuration from the environment of this process, the TOML file and the defaults, in this order of
    /// precedence.
    ///
    /// # Errors
    /// Returns all problems of the configuration.
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
    /// Loads the configuration from `variables`, the TOML file and the defaults, in this order of precedence.
    ///
    /// # Errors
    /// Returns all problems of the configuration.
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

/// Returns the JSON Schema (2020-12) of the TOML file, with a final newline.
#[must_use]
pub fn json_schema() -> String {
    schema::of(&declarations())
}

/// Returns the reference of all settings as Markdown.
#[must_use]
pub fn reference() -> String {
    reference::of(&declarations())
}

/// Returns the declarations of all settings, with the defaults of all environments.
fn declarations() -> Vec<Declaration> {
    let mut environments = Environment::NAMES.iter().map(|(name, _)| *name);
    let mut all = environments.next().map(declared_in).unwrap_or_default();
    for environment in environments {
        for (declaration, other) in all.iter_mut().zip(declared_in(environment)) {
            declaration.add_default(environment, other.default);
        }
    }
    all
}

/// Returns the declarations of all settings, with the defaults of an environment.
fn declared_in(environment: &'static str) -> Vec<Declaration> {
    let mut reader = Reader::new(Gathered::of_environment(environment));
    let _ = Config::read(&mut reader);
    reader.into_declarations()
}

#[cfg(test)]
mod tests;
