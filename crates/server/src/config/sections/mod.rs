//! Settings by section. Each setting is declared once, with its name, meaning, default and form, which includes its
//! range.

mod auth;
mod data;
mod database;
mod graphql;
mod http;
mod limits;
mod live;
mod log;
mod machine;
mod periods;
mod redis;
mod shutdown;
mod telemetry;
mod ws;

pub use auth::Auth;
pub use data::Data;
pub use database::Database;
pub use graphql::Graphql;
pub use http::Http;
pub use limits::Limits;
pub use live::Live;
pub use log::{Log, LogFormat};
pub use redis::Redis;
pub use shutdown::Shutdown;
pub use telemetry::{OtlpProtocol, Telemetry};
pub use ws::Ws;
