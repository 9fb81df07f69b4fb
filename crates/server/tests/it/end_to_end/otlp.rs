//! Receivers of traces: one in the test, a real collector, and a proxy that terminates TLS.

use std::{
    collections::HashSet,
    io::Write as _,
    net::{SocketAddr, TcpListener as StdListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpResponse, HttpServer, web};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message as _;
use tempfile::NamedTempFile;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use super::support::until_ok;

/// An OTLP/HTTP receiver that keeps all spans.
pub(super) struct Receiver {
    pub endpoint: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Receiver {
    pub(super) fn start() -> Self {
        let spans = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&spans);
        let server = HttpServer::new(move || {
            let kept = Arc::clone(&kept);
            let receive = move |body: web::Bytes| {
                let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
                let received = request
                    .resource_spans
                    .into_iter()
                    .flat_map(|resource| resource.scope_spans);
                kept.lock()
                    .expect("spans")
                    .extend(received.flat_map(|scope| scope.spans));
                std::future::ready(HttpResponse::Ok().finish())
            };
            App::new().route("/v1/traces", web::post().to(receive))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
        let endpoint = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { endpoint, spans }
    }

    /// Returns all spans that have arrived.
    pub(super) fn all(&self) -> Vec<Span> {
        self.spans.lock().expect("spans").clone()
    }

    pub(super) async fn until_span(&self, what: &str, is_it: impl Fn(&Span) -> bool) -> Span {
        until_ok(what, || async { self.all().into_iter().find(|span| is_it(span)) }).await
    }

    /// Waits for a span of this name.
    pub(super) async fn until_named(&self, name: &str) -> Span {
        self.until_span(name, |span| span.name == name).await
    }

    /// Returns the spans below a span.
    pub(super) fn below(&self, span: &Span) -> Vec<Span> {
        let all = self.all();
        let mut ids: HashSet<_> = [span.span_id.clone()].into();
        let mut below = Vec::new();
        // Children end, and arrive, before their parents, so the order of the list does not help.
        loop {
            let children: Vec<_> = all
                .iter()
                .filter(|child| ids.contains(&child.parent_span_id) && !ids.contains(&child.span_id))
                .cloned()
                .collect();
            if children.is_empty() {
                return below;
            }
            ids.extend(children.iter().map(|child| child.span_id.clone()));
            below.extend(children);
        }
    }
}

/// Returns an attribute as text; empty if the span does not have it.
pub(super) fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name);
    let value = found.and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The collector `rotel`, which forwards what it receives over gRPC and HTTP. Dropping it kills its process.
pub(super) struct Collector {
    _child: Child,
    pub grpc: SocketAddr,
    pub http: SocketAddr,
}

impl Collector {
    /// The version that `deploy/test.sh install` installs.
    const VERSION: &str = "0.0.1a15";

    /// Starts a collector that forwards to a receiver.
    pub(super) async fn before(receiver: &Receiver) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let installed = format!(".fleetwatch/rotel-{}/rotel/rotel-agent", Self::VERSION);
        let agent = root.join(installed);
        assert!(
            agent.is_file(),
            "the collector of traces is not installed: run `deploy/test.sh install`"
        );
        // It cannot choose free ports itself. Another program may take the ones found here before it listens.
        for _ in 0..5 {
            if let Some(collector) = Self::launch(&agent, receiver).await {
                return collector;
            }
        }
        panic!("the collector does not start");
    }

    async fn launch(agent: &PathBuf, receiver: &Receiver) -> Option<Self> {
        let [grpc, http] = free_addresses();
        let child = Command::new(agent)
            .arg("start")
            .args(["--otlp-grpc-endpoint", &grpc.to_string()])
            .args(["--otlp-http-endpoint", &http.to_string()])
            .args(["--exporter", "otlp", "--otlp-exporter-protocol", "http"])
            .args(["--otlp-exporter-endpoint", &receiver.endpoint])
            .args(["--batch-timeout", "50ms"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("it is installed");
        let child = Mutex::new(child);
        let listens = until_ok("the collector listens or has ended", || async {
            let has_ended = child
                .lock()
                .expect("no panic")
                .try_wait()
                .expect("a child")
                .is_some();
            let both = TcpStream::connect(grpc).await.is_ok() && TcpStream::connect(http).await.is_ok();
            (has_ended || both).then_some(!has_ended)
        });
        listens.await.then_some(Self {
            _child: child.into_inner().expect("no panic"),
            grpc,
            http,
        })
    }
}

/// Returns two addresses on which nothing listens.
fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| StdListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("it listens"))
}

/// A proxy that terminates TLS in front of a receiver, with a certificate for `localhost`.
pub(super) struct TlsFront {
    pub endpoint: String,
    /// PEM file with its certificate.
    pub certificate: NamedTempFile,
}

impl TlsFront {
    /// Starts a proxy in front of the server at an address. `protocol` is the protocol to negotiate (ALPN): `h2` or
    /// `http/1.1`.
    pub(super) async fn before(server: SocketAddr, protocol: &str) -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let mut certificate = NamedTempFile::new().expect("a file");
        let pem = certified.cert.pem();
        certificate.write_all(pem.as_bytes()).expect("our own file");
        let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has their suites")
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
            .expect("the key is that of the certificate");
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the certificate aborts the handshake.
                    let mut client = acceptor.accept(client).await.ok()?;
                    let mut server = TcpStream::connect(server).await.ok()?;
                    copy_bidirectional(&mut client, &mut server).await.ok()
                });
            }
        });
        Self {
            endpoint: format!("https://localhost:{port}"),
            certificate,
        }
    }
}
