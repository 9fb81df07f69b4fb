//! Floods of Redis messages.

use std::time::Duration;

use serde_json::json;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, task::JoinSet, time::interval};
use uuid::Uuid;

use crate::hostile::scene::Scene;

/// Publishes arrays just below the size limit, each about one vehicle: alternately an enabled and an unknown one.
pub(super) async fn big_messages(scene: &Scene) -> anyhow::Result<()> {
    const PER_SECOND: u32 = 300;
    let element =
        |id: Uuid| json!({"vehicleId": id, "x": 1, "y": 1, "z": 0, "heading": 0, "timestamp": 1}).to_string();
    let messages = [scene.misbehaving, Uuid::now_v7()].map(|id| {
        let element = element(id);
        format!(
            "[{}]",
            vec![element.as_str(); 1_000_000 / (element.len() + 1)].join(",")
        )
    });
    let mut beat = interval(Duration::from_secs(1) / PER_SECOND);
    publish(scene, "vehicle:position:update", async |number: usize| {
        beat.tick().await;
        messages[number % messages.len()].clone()
    })
    .await
}

pub(super) async fn change_signals(scene: &Scene) -> anyhow::Result<()> {
    const IN_ALL: usize = 40_000;
    publish(scene, "fleetwatch:events", async |number: usize| {
        if number >= IN_ALL {
            std::future::pending::<()>().await;
        }
        (1_000_000 + number).to_string()
    })
    .await
}

/// Publishes one message after another over the Redis protocol, and discards the responses.
async fn publish(
    scene: &Scene,
    channel: &str,
    mut message: impl AsyncFnMut(usize) -> String,
) -> anyhow::Result<()> {
    let (mut reader, mut writer) = TcpStream::connect(scene.redis).await?.into_split();
    let mut answers = JoinSet::new();
    // Unread responses would make Redis close or block the connection.
    answers.spawn(async move { tokio::io::copy(&mut reader, &mut tokio::io::sink()).await });
    for number in 0.. {
        let message = message(number).await;
        let command = format!(
            "*3\r\n$7\r\nPUBLISH\r\n${}\r\n{channel}\r\n${}\r\n{message}\r\n",
            channel.len(),
            message.len()
        );
        writer.write_all(command.as_bytes()).await?;
    }
    Ok(())
}
