//! The API as the server mounts it.

use std::{fmt, sync::Arc, time::Duration};

use actix_web::web::{self, ServiceConfig};
use application::Actor;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    context::{Caller, Context},
    http,
    schema::{self, Schema},
    sockets,
    use_cases::UseCases,
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

/// What the sockets at `/graphql/ws` may do.
#[derive(Debug, Clone)]
pub struct SocketOptions {
    /// How many there may be; who comes later is told to try again.
    pub max_connections: usize,
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
            max_connections: 50_000,
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
    pub(crate) use_cases: Arc<UseCases>,
    pub(crate) options: Arc<GraphqlOptions>,
    /// Places for sockets.
    pub(crate) places: Arc<Semaphore>,
    /// The server goes down.
    pub(crate) shutdown: CancellationToken,
}

impl GraphqlApi {
    /// The API over these use cases. Its sockets are closed when `shutdown` is cancelled.
    #[must_use]
    pub fn new(use_cases: UseCases, options: GraphqlOptions, shutdown: CancellationToken) -> Self {
        let places = options.sockets.max_connections.min(Semaphore::MAX_PERMITS);
        Self {
            schema: Arc::new(schema::build(options.introspection)),
            use_cases: Arc::new(use_cases),
            places: Arc::new(Semaphore::new(places)),
            options: Arc::new(options),
            shutdown,
        }
    }

    /// Mounts `/graphql` and `/graphql/ws`.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .service(
                web::resource("/graphql")
                    .route(web::post().to(http::post))
                    .route(web::get().to(http::get)),
            )
            .service(web::resource("/graphql/ws").route(web::get().to(sockets::open)));
    }

    /// Who makes the requests of one HTTP message or one socket.
    pub(crate) fn caller(&self, actor: Actor, request_id: &str) -> Caller {
        Caller {
            actor: Arc::new(actor),
            request_id: request_id.into(),
        }
    }

    /// The context of one operation.
    pub(crate) fn context(&self, caller: &Caller) -> Context {
        Context::new(&self.use_cases, caller)
    }
}

impl fmt::Debug for GraphqlApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphqlApi")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
