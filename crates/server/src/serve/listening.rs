//! From listening sockets to requests: what the HTTP library does with connections, and what it is told of them.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request, Response, error::DispatchError};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, Extensions, Server},
    rt::net::TcpStream,
};
use http_edge::{BODY_REST, ClientConnections, ClientStream};
use socket2::{Domain, SockRef, Socket, Type};

use super::expectations;
use crate::config::BindAddress;

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 2048;

/// How much of what a client has not read yet the kernel keeps. Not more, because a slow client has to read
/// all of it before it sees what is new.
const SEND_BUFFER_BYTES: usize = 128 * 1024;

/// How much of what a client sends the kernel keeps until it is read: by itself up to some MiB for each connection, which
/// nothing here would count. Enough for 20 Mbit/s over 200 ms.
const RECEIVE_BUFFER_BYTES: usize = 256 * 1024;

/// How connections are dealt with.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListenRules {
    pub(super) workers: usize,
    /// The most connections at once; more wait to be accepted.
    pub(super) max_connections: usize,
    /// How long a connection is kept for the next request.
    pub(super) keep_alive: Duration,
    /// How long a client may take nothing of what is written to it.
    pub(super) patience: Duration,
    /// How long requests may take to end when the server is stopped.
    pub(super) shutdown_timeout: Duration,
}

/// Listens at all addresses of a host, and serves what `app` makes on each thread.
///
/// # Errors
/// When none of them can be listened on.
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
        .shutdown_timeout(rules.shutdown_timeout.as_secs().max(1))
        .disable_signals();
    let mut addresses = Vec::new();
    for listener in listeners(bind)? {
        let address = listener.local_addr()?;
        addresses.push(address);
        let (app, connections) = (app.clone(), Arc::clone(connections));
        let stopping = server.graceful_shutdown_signal();
        server = server.listen(format!("http-{address}"), listener, move || {
            let stopping = stopping.clone();
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(rules.keep_alive)
                // Heads have their time limit from `ClientConnections`, later ones on a connection as well.
                .client_request_timeout(Duration::ZERO)
                // `ClientConnections` gives up clients that take less.
                .client_disconnect_timeout(BODY_REST)
                .expect(fn_service(expectations::answer))
                .on_connect_ext(|stream: &ClientStream, known: &mut Extensions| {
                    known.insert(stream.tracker());
                })
                .finish(map_config(
                    app()
                        .into_factory()
                        .map_err(|error: S::Error| error.into().error_response()),
                    |()| AppConfig::default(),
                ));
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

/// Listeners at all addresses of a host that can be listened on.
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
    // A server that is started again need not wait for the last connections of the one before.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Sets the kernel's limits for a connection: to keep little, in both directions, and to end it in time when its client
/// stops reading. actix does not look at a connection again while a write to it is stuck.
fn prepare(stream: &TcpStream, patience: Duration) {
    let socket = SockRef::from(stream);
    let limited = socket
        .set_tcp_user_timeout(Some(patience))
        .and_then(|()| socket.set_send_buffer_size(SEND_BUFFER_BYTES))
        .and_then(|()| socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES));
    if let Err(error) = limited {
        tracing::debug!(%error, "a connection's limits could not be set");
    }
}
