//! Floods of requests and connections.

use std::{net::Ipv4Addr, time::Duration};

use bytes::Bytes;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::JoinSet,
    time::sleep,
};

use super::answers::Counted;
use crate::hostile::{
    raw::{RawRequest, address, connect},
    requests,
    scene::Scene,
};

/// Makes `clients` clients send one request after another indefinitely, and counts the responses.
async fn again_and_again(
    scene: &Scene,
    answers: &Counted,
    clients: u32,
    request: impl Fn(u16, u32) -> RawRequest,
) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    let next = |tasks: &mut JoinSet<_>, client: u16, number: u32| {
        let (request, server) = (request(client, number), scene.address);
        tasks.spawn(async move { (client, number, request.send(server).await) });
    };
    for client in 0..u16::try_from(clients)? {
        next(&mut tasks, client, 0);
    }
    while let Some(done) = tasks.join_next().await {
        let (client, number, answer) = done?;
        let kind = match answer {
            Ok(answer) => answer
                .status
                .map_or("closed".to_owned(), |status| status.to_string()),
            Err(_) => "no answer".to_owned(),
        };
        answers.lock().await.count(kind);
        next(&mut tasks, client, number + 1);
    }
    Ok(())
}

/// Opens connections, four from each address, sends bytes on each, and keeps them open.
async fn held(
    scene: &Scene,
    answers: &Counted,
    connections: u32,
    net: u8,
    bytes: impl Fn(u16) -> Bytes,
) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    for number in 0..u16::try_from(connections)? {
        let (bytes, server) = (bytes(number), scene.address);
        tasks.spawn(async move { hold(address(net, number / 4), server, &bytes).await });
        sleep(Duration::from_millis(1)).await;
    }
    while let Some(end) = tasks.join_next().await {
        answers.lock().await.count(end?);
    }
    // The server has closed all connections, which ends the attack.
    std::future::pending().await
}

/// Sends bytes and returns the status of the server's response, or the way in which it ended the connection.
async fn hold(from: Ipv4Addr, server: std::net::SocketAddr, bytes: &[u8]) -> String {
    let Ok(mut connection) = connect(from, server).await else {
        return "refused".to_owned();
    };
    // The response is read even if the server has not accepted all bytes.
    let _ = connection.write_all(bytes).await;
    let mut answer = [0; 12];
    match connection.read_exact(&mut answer).await {
        Ok(_) => String::from_utf8_lossy(&answer[9..]).into_owned(),
        Err(_) => "closed".to_owned(),
    }
}

pub(super) async fn silent_bodies(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: fleetwatch\r\nContent-Type: application/json\r\n\
                Content-Length: 1000000\r\n\r\n";
    let bytes = Bytes::from([head.as_bytes(), &vec![b' '; 999_999]].concat());
    held(scene, answers, scene.scale.of(1_500), 3, |_| bytes.clone()).await
}

pub(super) async fn chunked_bodies(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    let head = "POST /graphql HTTP/1.1\r\nHost: fleetwatch\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, " ".repeat(100_000));
    let bytes = Bytes::from([head.as_bytes(), chunk.repeat(10).as_bytes()].concat());
    held(scene, answers, scene.scale.of(300), 4, |_| bytes.clone()).await
}

pub(super) async fn idle_connections(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    held(scene, answers, scene.scale.of(1_100), 5, |number| {
        if number.is_multiple_of(2) {
            Bytes::new()
        } else {
            Bytes::from_static(b"GET /api/vehicles HTTP/1.1\r\nHost: fleetwatch\r\nX-Slow: ")
        }
    })
    .await
}

pub(super) async fn viewer_imports(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    let body = Bytes::from(vec![b'x'; 16_000_000]);
    again_and_again(scene, answers, scene.scale.of(150), |client, _| RawRequest {
        from: address(6, client),
        line: "POST /api/vehicles/import".to_owned(),
        headers: format!("Content-Type: text/csv\r\n{}", scene.viewer),
        body: body.clone(),
    })
    .await
}

pub(super) async fn counts(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    again_and_again(scene, answers, 12, |client, number| {
        let alias = |n| {
            format!(
                "a{n}:vehicles(filter:{{search:\"{}\"}}){{totalCount}}",
                client * 99 + n
            )
        };
        let query = format!("{{{} # {number}\n}}", (0..99).map(alias).collect::<String>());
        RawRequest::json(
            "POST /graphql",
            &scene.viewer,
            json!({"query": query}).to_string(),
        )
    })
    .await
}

pub(super) async fn rehearsals(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    let request = requests::import(scene, "Rehearsed", true);
    again_and_again(scene, answers, 12, |_, _| request.clone()).await
}

/// Guesses passwords: half of the clients use the name of a user, the others use names that do not exist.
pub(super) async fn guesses(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    again_and_again(scene, answers, 16, |client, number| {
        let name = match client % 2 {
            0 => "spectator".to_owned(),
            _ => format!("stranger {client} {number}"),
        };
        let guess = json!({"username": name, "password": format!("not the password {number}")});
        let from = address(
            8,
            client.wrapping_mul(4_000).wrapping_add((number % 4_000) as u16),
        );
        RawRequest::json("POST /api/auth/login", "", guess.to_string()).from(from)
    })
    .await
}

pub(super) async fn strangers(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    again_and_again(scene, answers, 8, |_, _| {
        RawRequest::json("POST /graphql", "", r#"{"query":"{vehicles{totalCount}}"}"#).from(address(7, 1))
    })
    .await
}

pub(super) async fn bombs(scene: &Scene, answers: &Counted) -> anyhow::Result<()> {
    let requests = requests::all(scene);
    again_and_again(scene, answers, 4, |client, number| {
        let turn = usize::from(client) + number as usize;
        requests[turn % requests.len()]
            .request()
            .clone()
            .from(address(9, client))
    })
    .await
}
