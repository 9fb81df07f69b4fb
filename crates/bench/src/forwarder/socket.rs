//! A socket of the forwarder.

use std::convert::Infallible;

use actix_http::ws::{self, Codec, Frame};
use actix_web::{
    HttpRequest, HttpResponse,
    body::BodyStream,
    web::{Bytes, BytesMut, Data, Payload},
};
use futures::{StreamExt as _, stream};
use tokio::sync::mpsc;
use tokio_util::codec::Decoder as _;

use super::{
    rooms::{Rooms, WAITING},
    vehicle_id::id_in,
};
use crate::websocket::server_text;

/// Opens a socket, which receives frames once it has subscribed.
pub(super) async fn open(rooms: Data<Rooms>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let Ok(mut response) = ws::handshake(request.head()) else {
        return HttpResponse::BadRequest().finish();
    };
    let (sender, mut receiver) = mpsc::channel::<Bytes>(WAITING);
    actix_web::rt::spawn(read(rooms, payload, sender));
    let frames =
        stream::poll_fn(move |cx| receiver.poll_recv(cx).map(|frame| frame.map(Ok::<_, Infallible>)));
    match response.message_body(BodyStream::new(frames)) {
        Ok(response) => response.map_into_boxed_body().into(),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn read(rooms: Data<Rooms>, mut payload: Payload, sender: mpsc::Sender<Bytes>) {
    let (mut codec, mut buffer) = (Codec::new(), BytesMut::new());
    while let Some(Ok(bytes)) = payload.next().await {
        buffer.extend_from_slice(&bytes);
        while let Ok(Some(frame)) = codec.decode(&mut buffer) {
            match frame {
                Frame::Text(text) => {
                    // The channel has room: a socket subscribes once, and receives no frames before.
                    let _ = sender.try_send(server_text(&[br#"{"type":"subscribed"}"#]));
                    rooms.enter(id_in(&text), sender.clone());
                }
                Frame::Close(_) => return,
                _ => {}
            }
        }
    }
}
