//! The API as the server mounts it.

use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::web::{self, ServiceConfig};
use application::Application;
use http_edge::{Connections, Gatekeeper};
use tokio_util::sync::CancellationToken;

use crate::{
    context::{Caller, Context},
    http,
    persisted::PersistedQueries,
    schema::{self, Schema},
    sockets, stream,
};

/// What can be set.
#[derive(Debug, Clone)]
pub struct GraphqlOptions {
    /// How many levels of fields an operation may have; introspection does not count. More than 64 are never
    /// allowed.
    pub max_depth: usize,
    /// What an operation may cost: each field 1, what lies below a page as often as the page has items. All of a
    /// batch together.
    pub max_complexity: usize,
    /// How many fields of a document may have an alias.
    pub max_aliases: usize,
    /// How many requests one POST may hold.
    pub max_batch: usize,
    /// How long a request may take; a subscription, until it has begun.
    pub timeout: Duration,
    /// Whether clients may ask for the schema.
    pub introspection: bool,
    /// Pages of which other origins may open sockets, such as `https://screens.example`; `*` for all.
    pub allowed_origins: Vec<String>,
    /// What sockets may do.
    pub sockets: SocketOptions,
}

/// What the API is made of.
pub struct GraphqlParts {
    /// The use cases that the schema offers.
    pub app: Arc<Application>,
    /// Asks who calls.
    pub gatekeeper: Gatekeeper,
    /// Counts sockets and streams.
    pub connections: Arc<Connections>,
}

/// What the sockets at `/graphql/ws` may do, and in part the streams at `/graphql/stream`.
#[derive(Debug, Clone)]
pub struct SocketOptions {
    /// How many messages a client may send in a second, in the long run.
    pub messages_per_second: NonZeroU32,
    /// The most bytes of a client's message.
    pub max_message_bytes: usize,
    /// How many operations one socket may have under way.
    pub max_operations: usize,
    /// How long a client may take to send `connection_init`.
    pub init_timeout: Duration,
    /// How often a client is pinged.
    pub ping_interval: Duration,
    /// How long a client may take to answer a ping, with anything at all.
    pub pong_timeout: Duration,
    /// How long it may take until a message can be written.
    pub send_timeout: Duration,
}

impl Default for GraphqlOptions {
    fn default() -> Self {
        Self {
            max_depth: 12,
            max_complexity: 20_000,
            max_aliases: 100,
            max_batch: 10,
            timeout: Duration::from_secs(10),
            introspection: true,
            allowed_origins: Vec::new(),
            sockets: SocketOptions::default(),
        }
    }
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            messages_per_second: const { NonZeroU32::new(100).expect("not zero") },
            max_message_bytes: 64 * 1024,
            max_operations: 100,
            init_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(15),
            pong_timeout: Duration::from_secs(30),
            send_timeout: Duration::from_secs(60),
        }
    }
}

/// The API; clones share everything.
#[derive(Clone)]
pub struct GraphqlApi {
    pub(crate) schema: Arc<Schema>,
    pub(crate) app: Arc<Application>,
    pub(crate) options: Arc<GraphqlOptions>,
    /// Asks who calls.
    pub(crate) gatekeeper: Gatekeeper,
    /// The documents that clients name by their hash.
    pub(crate) persisted: PersistedQueries,
    /// Places for sockets and streams.
    pub(crate) connections: Arc<Connections>,
    /// The server goes down.
    pub(crate) shutdown: CancellationToken,
}

impl GraphqlApi {
    /// The API over these use cases. Its sockets and streams end when `shutdown` is cancelled.
    #[must_use]
    pub fn new(parts: GraphqlParts, options: GraphqlOptions, shutdown: CancellationToken) -> Self {
        let GraphqlParts {
            app,
            gatekeeper,
            connections,
        } = parts;
        Self {
            schema: Arc::new(schema::build(options.introspection)),
            app,
            gatekeeper,
            persisted: PersistedQueries::new(),
            connections,
            options: Arc::new(options),
            shutdown,
        }
    }

    /// Mounts `/graphql`, `/graphql/ws` and `/graphql/stream`.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .service(
                web::resource("/graphql")
                    .route(web::post().to(http::post))
                    .route(web::get().to(http::get))
                    .default_service(web::to(http::not_allowed)),
            )
            .service(
                web::resource("/graphql/ws")
                    .route(web::get().to(sockets::open))
                    .default_service(web::to(sockets::not_allowed)),
            )
            .service(
                web::resource("/graphql/stream")
                    .route(web::post().to(stream::post))
                    .route(web::get().to(stream::get))
                    .default_service(web::to(http::not_allowed)),
            );
    }

    /// The context of one operation.
    pub(crate) fn context(&self, caller: &Caller) -> Context {
        Context::new(self, caller)
    }
}

impl fmt::Debug for GraphqlApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphqlApi")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
