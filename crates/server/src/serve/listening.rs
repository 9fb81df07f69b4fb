//! Listening sockets, and the HTTP library's settings for the connections that they accept.

use std::{
    cell::OnceCell,
    convert::Infallible,
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs as _},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request, Response, error::DispatchError};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_factory, fn_service,
};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, Extensions, Server},
    rt::net::TcpStream,
};
use http_edge::{BODY_REST, ClientConnections, ClientStream, serve_upgraded};
use socket2::{Domain, SockRef, Socket, Type};

use super::expectations;
use crate::config::BindAddress;

/// Number of connections that may wait to be accepted.
const BACKLOG: i32 = 2048;

/// Kernel buffer for data that a client has not read yet. It is small, because a slow client must read all of it before
/// it sees newer data.
const SEND_BUFFER_BYTES: usize = 128 * 1024;

/// Kernel buffer for data that the server has not read yet. Without a limit it grows to several MiB per connection,
/// which no other limit of the server covers. This size is enough for 10 Mbit/s at a round-trip time of 200 ms.
const RECEIVE_BUFFER_BYTES: usize = 256 * 1024;

/// Rules for accepting and keeping connections.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListenRules {
    pub(super) workers: usize,
    /// Maximum number of concurrent connections of all workers together. Further ones wait to be accepted.
    pub(super) max_connections: usize,
    /// Time for which a connection is kept for its next request.
    pub(super) keep_alive: Duration,
    /// Maximum time for which sent data may remain unacknowledged before the connection is closed.
    pub(super) patience: Duration,
}

/// Listens on all addresses of a host and serves one `app` on each worker. Returns the server and the bound addresses.
///
/// # Errors
/// Fails if it can listen on none of the addresses.
pub(super) fn listen<F, I, S, B>(
    bind: &BindAddress,
    rules: ListenRules,
    connections: &Arc<ClientConnections>,
    app: F,
) -> io::Result<(Server, Vec<SocketAddr>)>
where
    F: Fn() -> I + Clone + Send + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let per_worker = rules.max_connections.div_ceil(rules.workers).max(1);
    let mut server = ServerBuilder::new()
        .workers(rules.workers)
        .max_concurrent_connections(per_worker)
        // A graceful stop has no time limit of its own, which would count whole seconds: the caller drops the server.
        .shutdown_timeout(u64::MAX)
        .disable_signals();
    let mut addresses = Vec::new();
    for listener in listeners(bind)? {
        let address = listener.local_addr()?;
        addresses.push(address);
        let (app, connections) = (app.clone(), Arc::clone(connections));
        let stopping = server.graceful_shutdown_signal();
        server = server.listen(format!("http-{address}"), listener, move || {
            let (app, stopping) = (app.clone(), stopping.clone());
            // One app serves both plain requests and upgraded connections.
            let shared = Rc::new(OnceCell::new());
            let upgraded = Rc::clone(&shared);
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(rules.keep_alive)
                // Disabled: `ClientConnections` limits the time for every head, including later ones on a connection.
                .client_request_timeout(Duration::ZERO)
                // An upper bound: `ClientConnections` may drop the connection earlier.
                .client_disconnect_timeout(BODY_REST)
                .expect(fn_service(expectations::answer))
                .on_connect_ext(|stream: &ClientStream, known: &mut Extensions| {
                    known.insert(stream.tracker());
                })
                .upgrade(fn_service(move |(request, connection)| {
                    let app = Rc::clone(
                        upgraded
                            .get()
                            .expect("connections are accepted once the app exists"),
                    );
                    let served = serve_upgraded(app, request, connection);
                    async {
                        served.await;
                        Ok::<_, Infallible>(())
                    }
                }))
                .finish(fn_factory(move || {
                    let (app, shared) = (app().into_factory(), Rc::clone(&shared));
                    async move {
                        use actix_service::ServiceExt as _;

                        let app = app.new_service(AppConfig::default()).await?;
                        let app = app
                            .map(|response: S::Response| response.into().map_into_boxed_body())
                            .map_err(|error: S::Error| Response::from(error.into().error_response()));
                        Ok::<_, S::InitError>(Rc::clone(shared.get_or_init(|| Rc::new(app))))
                    }
                }));
            let connections = Arc::clone(&connections);
            fn_service(move |stream: TcpStream| {
                let connections = Arc::clone(&connections);
                async move {
                    prepare(&stream, rules.patience);
                    let peer = stream.peer_addr().ok();
                    let admitted = connections.admit(stream).await.map_err(io::Error::other);
                    let stream = admitted.map_err(DispatchError::Io)?;
                    Ok::<_, DispatchError>((stream, Protocol::Http1, peer))
                }
            })
            .and_then(http)
        })?;
    }
    Ok((server.run(), addresses))
}

/// Opens a listener on each address of a host. An address that fails is skipped if another one works.
fn listeners(bind: &BindAddress) -> io::Result<Vec<TcpListener>> {
    let addresses = (bind.host.as_str(), bind.port).to_socket_addrs()?;
    let mut listeners = Vec::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match listener(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) => failure = error,
        }
    }
    if listeners.is_empty() {
        return Err(failure);
    }
    Ok(listeners)
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(socket2::Protocol::TCP),
    )?;
    // Allows a restarted server to listen before connections of the previous one have left TIME_WAIT.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Limits a connection's kernel buffers, and the time for which written data may stay undelivered. The kernel has to
/// enforce the time limit, because actix does not check a connection while a write to it is blocked. WebSocket
/// connections have their own, shorter limit (`WS__SEND_TIMEOUT_MS`).
///
/// Nagle's algorithm is disabled: otherwise, a small frame would wait until the client has acknowledged the previous
/// one. A client that sends nothing delays its acknowledgements by up to 40 ms.
fn prepare(stream: &TcpStream, patience: Duration) {
    let socket = SockRef::from(stream);
    let prepared = socket
        .set_tcp_user_timeout(Some(patience))
        .and_then(|()| socket.set_send_buffer_size(SEND_BUFFER_BYTES))
        .and_then(|()| socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES))
        .and_then(|()| socket.set_tcp_nodelay(true));
    if let Err(error) = prepared {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "could not set the options of a connection"
        );
    }
}
