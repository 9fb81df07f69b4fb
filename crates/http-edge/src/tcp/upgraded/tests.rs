//! Tests over real connections.

use std::{future::ready, time::Duration};

use actix_http::{body::BodyStream, error::Error};
use actix_service::IntoService as _;
use actix_web::body::MessageBody;
use futures::{StreamExt as _, future::join};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};

use super::{incoming::LAST_FRAMES, *};
use crate::{ClientConnections, ConnectionRules, TrustedProxies};

/// Serves one request with `app`, and returns the result of `client`.
async fn serve<T, F>(app: impl Fn(Request) -> F, client: impl AsyncFnOnce(TcpStream) -> T) -> T
where
    F: Future<Output = Result<Response<BoxBody>, Error>>,
{
    serve_request(Request::new(), app, client).await
}

async fn serve_request<T, F>(
    request: Request,
    app: impl Fn(Request) -> F,
    client: impl AsyncFnOnce(TcpStream) -> T,
) -> T
where
    F: Future<Output = Result<Response<BoxBody>, Error>>,
{
    let rules = ConnectionRules {
        all: 1,
        per_address: 1,
        idle: Duration::MAX,
        head: Duration::MAX,
    };
    let all = ClientConnections::new(rules, TrustedProxies::new(Vec::new()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (there, here) = join(TcpStream::connect(address), listener.accept()).await;
    let (stream, _) = here.expect("a connection");
    let stream = ClientStream::new(stream, all.enter(None).expect("there is room"));
    let connection = Framed::new(stream, h1::Codec::default());
    let served = serve_upgraded(app.into_service(), request, connection);
    join(served, client(there.expect("it listens"))).await.1
}

fn response(status: StatusCode, body: impl MessageBody + 'static) -> Response<BoxBody> {
    Response::with_body(status, body).map_into_boxed_body()
}

async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    String::from_utf8(head).expect("ASCII")
}

#[actix_web::test]
async fn bytes_pass_in_both_directions_in_order() {
    let sent: Vec<u8> = (0..4_000_000u32).map(|number| (number % 251) as u8).collect();
    let echo = |mut request: Request| async move {
        let parts = request.take_payload().take_while(|part| ready(part.is_ok()));
        let mut response = response(StatusCode::SWITCHING_PROTOCOLS, BodyStream::new(parts));
        response.head_mut().set_connection_type(ConnectionType::Upgrade);
        Ok(response)
    };
    let received = serve(echo, async |mut stream: TcpStream| {
        let head = head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let (mut reading, mut writing) = stream.split();
        let mut received = Vec::new();
        let write = async {
            writing.write_all(&sent).await.expect("it is open");
            writing.shutdown().await.expect("it is open");
        };
        join(write, reading.read_to_end(&mut received))
            .await
            .1
            .expect("it is open");
        received
    });
    assert!(received.await == sent, "the bytes differ");
}

#[actix_web::test]
async fn a_request_that_is_not_accepted_gets_a_last_response() {
    let refuse = |_| ready(Ok(response(StatusCode::FORBIDDEN, "no")));
    serve(refuse, async |mut stream: TcpStream| {
        let head = head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
        assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
        let mut body = [0; 2];
        stream.read_exact(&mut body).await.expect("a body");
        assert_eq!(&body, b"no");
        assert_eq!(stream.read(&mut body).await.expect("it is open"), 0, "the end");
        stream.write_all(&[0; 100_000]).await.expect("it is read");
        stream.shutdown().await.expect("it is open");
        assert_eq!(stream.read(&mut body).await.expect("it is not reset"), 0);
    })
    .await;
}

#[actix_web::test]
async fn the_body_of_a_request_ends_at_its_length() {
    let echo = |mut request: Request| async move {
        let parts: Vec<_> = request.take_payload().collect().await;
        let parts = parts.into_iter().map(|part| part.expect("no error"));
        Ok(response(StatusCode::OK, parts.collect::<Vec<_>>().concat()))
    };
    let mut request = Request::new();
    let length = header::HeaderValue::from_static("5");
    request.headers_mut().insert(header::CONTENT_LENGTH, length);
    let received = serve_request(request, echo, async |mut stream: TcpStream| {
        stream.write_all(b"he").await.expect("it is open");
        stream.write_all(b"llo and more").await.expect("it is open");
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.expect("it is open");
        received
    });
    assert!(received.await.ends_with(b"\r\n\r\nhello"));
}

#[actix_web::test]
async fn a_client_that_does_not_take_the_last_frames_is_given_up() {
    tokio::time::pause();
    // The payload is dropped with the request.
    let flood = |_| {
        let frames = futures::stream::repeat_with(|| Ok::<_, Error>(Bytes::from_static(&[0; 10_000])));
        ready(Ok(response(
            StatusCode::SWITCHING_PROTOCOLS,
            BodyStream::new(frames),
        )))
    };
    let began = tokio::time::Instant::now();
    let _open = serve(flood, async |stream: TcpStream| stream).await;
    assert!(began.elapsed() >= LAST_FRAMES);
}
