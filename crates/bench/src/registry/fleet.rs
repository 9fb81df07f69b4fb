//! A large registry, written directly to the database, because registration is not measured.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde_json::json;
use test_stores::postgres::TestDatabase;
use time::OffsetDateTime;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};
use uuid::Uuid;

use crate::target::Target;

pub(crate) const VEHICLES: u32 = 100_000;

/// Number of positions per message.
const AT_ONCE: usize = 500;

/// Time limit for the server to accept all positions.
const PATIENCE: Duration = Duration::from_secs(60);

/// Inserts vehicles: 40 % AMR, 30 % AGV, 15 % OHT and 15 % forklifts. A third of them are moving, and one in a thousand
/// is in error. Each of ten groups contains a tenth of them.
///
/// # Errors
/// Returns the error of a failed statement.
pub(crate) async fn register(database: &TestDatabase, vehicles: u32, is_enabled: bool) -> anyhow::Result<()> {
    let statements = format!(
        "
        INSERT INTO groups (id, organization_id, name)
        SELECT ('00000000-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid,
               '00000000-0000-7000-8000-000000000001', 'Group ' || n
        FROM generate_series(0, 9) n;

        BEGIN;
        CREATE TEMPORARY TABLE fleet ON COMMIT DROP AS
        SELECT n, lpad(to_hex(n), 8, '0')::text || '-0000-7000-8000-000000000000' AS id,
               CASE WHEN n % 20 < 8 THEN 'AMR' WHEN n % 20 < 14 THEN 'AGV' WHEN n % 20 < 17 THEN 'OHT'
                    ELSE 'FORKLIFT' END AS kind
        FROM generate_series(1, {vehicles}) n;
        INSERT INTO vehicles (id, organization_id, kind, name, manufacturer, model, status, is_enabled,
                              max_speed, max_load, battery_capacity, created_at, updated_at)
        SELECT id::uuid, '00000000-0000-7000-8000-000000000001', kind,
               (ARRAY['Picker', 'Tugger', 'Hoist', 'Stacker', 'Shuttle'])[1 + n % 5] || ' ' || n,
               (ARRAY['Northline', 'Acme Robotics', 'Kestrel', 'Ostwerk'])[1 + n % 4], 'M' || n % 30,
               CASE WHEN n % 1000 = 7 THEN 'ERROR' WHEN n % 3 = 0 THEN 'MOVING' ELSE 'IDLE' END, {is_enabled},
               1.5, 100, 960, now() - n * interval '1 minute', now() - (n * 7919 % {vehicles}) * interval '1 minute'
        FROM fleet;
        INSERT INTO amr_details (vehicle_id, lidar_enabled, camera_enabled, ultrasonic_enabled, autonomy_level)
        SELECT id::uuid, true, false, true, 4 FROM fleet WHERE kind = 'AMR';
        INSERT INTO agv_details (vehicle_id, guide_type) SELECT id::uuid, 'LASER' FROM fleet WHERE kind = 'AGV';
        INSERT INTO oht_details (vehicle_id, rail_id) SELECT id::uuid, 'bay 1' FROM fleet WHERE kind = 'OHT';
        INSERT INTO forklift_details (vehicle_id) SELECT id::uuid FROM fleet WHERE kind = 'FORKLIFT';
        INSERT INTO group_members (group_id, vehicle_id, organization_id)
        SELECT ('00000000-0000-7000-8000-0000000001' || lpad((n % 10)::text, 2, '0'))::uuid, id::uuid,
               '00000000-0000-7000-8000-000000000001'
        FROM fleet;
        COMMIT;
        VACUUM ANALYZE;
        "
    );
    // VACUUM can't run in a transaction, and several statements in one message form one.
    let client = database.client().await;
    for statement in statements.split_inclusive(';') {
        if !statement.trim().is_empty() {
            client
                .batch_execute(statement)
                .await
                .context("the fleet cannot be registered")?;
        }
    }
    Ok(())
}

/// Returns the ids of the vehicles that [`register`] inserts.
pub(super) fn ids() -> Vec<Uuid> {
    let id = |n: u32| Uuid::from_u128(u128::from(n) << 96 | 0x7000_8000_0000_0000_0000);
    (1..=VEHICLES).map(id).collect()
}

/// Publishes a position for every vehicle, and waits until the server has accepted them.
pub(super) async fn move_all(target: &Target, ids: &[Uuid]) -> anyhow::Result<()> {
    let mut redis = TcpStream::connect(target.feed.address)
        .await
        .context("no connection to Redis")?;
    for (number, some) in ids.chunks(AT_ONCE).enumerate() {
        let timestamp = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
        let position = |(index, id): (usize, &Uuid)| json!({"vehicleId": id, "x": number, "y": index, "z": 0, "heading": 90, "timestamp": timestamp});
        let positions: Vec<_> = some.iter().enumerate().map(position).collect();
        publish(&mut redis, &serde_json::to_string(&positions)?).await?;
    }
    let began = Instant::now();
    while accepted(target).await? < ids.len() as f64 {
        ensure!(
            began.elapsed() < PATIENCE,
            "the server did not accept a position for every vehicle"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Publishes a message over the Redis protocol (<https://redis.io/docs/latest/develop/reference/protocol-spec/>).
async fn publish(redis: &mut TcpStream, payload: &str) -> anyhow::Result<()> {
    let mut command = String::from("*3\r\n");
    for part in ["PUBLISH", "vehicle:position:update", payload] {
        write!(command, "${}\r\n{part}\r\n", part.len())?;
    }
    redis.write_all(command.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(redis).read_line(&mut answer).await?;
    ensure!(answer.starts_with(':'), "Redis says {answer}");
    Ok(())
}

async fn accepted(target: &Target) -> anyhow::Result<f64> {
    let page = reqwest::get(format!("http://{}/metrics", target.endpoint.address))
        .await?
        .text()
        .await?;
    let line = "fleetwatch_ingest_messages_total{channel=\"vehicle:position:update\",outcome=\"accepted\"}";
    let value = page.lines().find_map(|found| found.strip_prefix(line));
    Ok(value.map_or(Ok(0.0), |value| value.trim().parse())?)
}
