//! The state of the system after a round.

use std::collections::BTreeMap;

use deadpool_redis::redis::AsyncCommands as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use test_stores::redis::RedisServer;

use super::{
    access::Access,
    history::{AuditEntry, Truth, Vehicle},
    robots::number_at,
    writer::PREFIX,
};

/// Reads the registry, the positions and the audit log over REST, and the live keys from Redis.
///
/// # Errors
/// Fails if something cannot be read at the moment.
pub(super) async fn read(access: &Access, redis: &RedisServer, robots: &[String]) -> Result<Truth, String> {
    Ok(Truth {
        vehicles: vehicles(access).await?,
        positions: positions(access).await?,
        keys: keys(redis, robots).await?,
        audit: audit(access).await?,
    })
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn vehicles(access: &Access) -> Result<BTreeMap<String, Vehicle>, String> {
    let page = access.get("/api/vehicles?first=500").await?;
    if page["pageInfo"]["hasNextPage"] != json!(false) {
        return Err("the registry has more than one page".to_owned());
    }
    let vehicle = |item: &Value| {
        let vehicle = Vehicle {
            version: item["version"].as_u64().unwrap_or_default(),
            name: text(&item["name"]),
            model: text(&item["model"]),
            status: text(&item["status"]),
            is_enabled: item["isEnabled"] == json!(true),
        };
        (text(&item["id"]), vehicle)
    };
    Ok(items(&page).map(vehicle).collect())
}

async fn positions(access: &Access) -> Result<BTreeMap<String, u64>, String> {
    let page = access.get("/api/positions").await?;
    if page["isIncomplete"] != json!(false) {
        return Err(format!("not all positions are known: {page}"));
    }
    let position = |item: &Value| {
        let x = item["position"]["x"].as_f64().unwrap_or_default();
        (text(&item["vehicleId"]), number_at(x))
    };
    Ok(items(&page).map(position).collect())
}

/// Returns the numbers of the positions in the live keys of those robots that are in the set of active vehicles.
async fn keys(redis: &RedisServer, robots: &[String]) -> Result<BTreeMap<String, u64>, String> {
    let mut connection = redis.connection().await;
    let mut numbers = BTreeMap::new();
    for id in robots {
        let is_active = connection.sismember("vehicles:active", id).await;
        let is_active: bool = is_active.map_err(|error| error.to_string())?;
        let x = connection.hget(format!("vehicle:{{{id}}}:position"), "x").await;
        let x: Option<f64> = x.map_err(|error| error.to_string())?;
        if let (true, Some(x)) = (is_active, x) {
            numbers.insert(id.clone(), number_at(x));
        }
    }
    Ok(numbers)
}

/// Returns the entries about changes by writers.
async fn audit(access: &Access) -> Result<Vec<AuditEntry>, String> {
    let mut entries = Vec::new();
    let mut path = "/api/audit?first=500".to_owned();
    loop {
        let page = access.get(&path).await?;
        let of_writers = items(&page).filter(|item| {
            let is_change = text(&item["action"]).starts_with("vehicle.");
            is_change && text(&item["requestId"]).starts_with(PREFIX)
        });
        entries.extend(of_writers.map(|item| AuditEntry {
            request: text(&item["requestId"]),
            vehicle: text(&item["subjectId"]),
        }));
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return Ok(entries);
        }
        let cursor = text(&page["pageInfo"]["endCursor"]);
        let cursor = utf8_percent_encode(&cursor, NON_ALPHANUMERIC);
        path = format!("/api/audit?first=500&after={cursor}");
    }
}
