use actix_web::{App, HttpRequest, HttpServer, rt, web};
use futures::{SinkExt as _, StreamExt as _};
use observability::http::RequestTelemetry;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::finished_spans::FinishedSpans;

/// Echoes all messages until the client disconnects.
async fn echo(request: HttpRequest, body: web::Payload) -> actix_web::Result<actix_web::HttpResponse> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        while let Some(Ok(actix_ws::Message::Text(text))) = messages.next().await {
            if session.text(text).await.is_err() {
                break;
            }
        }
    });
    Ok(response)
}

#[actix_web::test]
async fn a_request_is_over_when_its_websocket_opens() {
    let (tracer, spans) = FinishedSpans::traced(1.0);
    let app = move || {
        App::new()
            .route("/ws", web::get().to(echo))
            .wrap(RequestTelemetry::new(Some(tracer.clone())))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .expect("a free port");
    let url = format!("ws://{}/ws", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);

    let (mut socket, response) = connect_async(url).await.expect("an open socket");
    assert!(response.headers().contains_key("x-request-id"));
    assert_eq!(
        spans.single().name,
        "GET /ws",
        "the span should end while the socket is open"
    );
    for text in ["one", "two"] {
        socket.send(Message::text(text)).await.expect("an open socket");
        assert_eq!(
            socket.next().await.expect("an answer").expect("an answer"),
            Message::text(text)
        );
    }
    socket.close(None).await.expect("an open socket");
    handle.stop(false).await;
}
