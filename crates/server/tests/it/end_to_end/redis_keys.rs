//! The tables of keys and channels in docs/redis.md, compared with those of running servers.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use deadpool_redis::redis::{aio::MultiplexedConnection, cmd};
use serde_json::json;

use super::support::{PATIENCE, Plant, now_ms};

const REDIS: &str = include_str!("../../../../../docs/redis.md");

/// Default of `LIVE__KEY_TTL_S`, in milliseconds.
const KEY_TTL_MS: i64 = 86_400_000;

/// Memory of a collection without its items: Redis allocates the first node of a stream in full.
const EMPTY_BYTES: i64 = 8_192;

/// A row of the table of keys.
#[derive(Debug)]
struct Row {
    /// Keys, with names in angle brackets in place of variable parts.
    patterns: Vec<&'static str>,
    kind: &'static str,
    /// Maximum time to live in milliseconds; `None` if the key does not expire.
    expires_ms: Option<i64>,
    size: Size,
}

#[derive(Debug, PartialEq, Eq)]
enum Size {
    Bytes(i64),
    BytesPerItem(i64),
    /// A size that is too variable to be measured here.
    Stated,
}

/// Returns the cells of the rows of the table whose first column has the given title.
fn rows(title: &str) -> Vec<Vec<&'static str>> {
    let header = format!("| {title} |");
    let rows = REDIS
        .lines()
        .skip_while(|line| !(line.starts_with(&header) && line.contains(" by |")))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

fn patterns(cell: &'static str) -> Vec<&'static str> {
    cell.split(", ")
        .map(|pattern| pattern.trim_matches('`'))
        .collect()
}

/// Returns the number at the start of a text.
fn leading(text: &str) -> Option<i64> {
    let digits: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

fn table_of_keys() -> Vec<Row> {
    let rows: Vec<_> = rows("key")
        .into_iter()
        .map(|cells| Row {
            patterns: patterns(cells[0]),
            kind: cells[1],
            expires_ms: match cells[2] {
                "never" => None,
                "`LIVE__KEY_TTL_S`" => Some(KEY_TTL_MS),
                seconds => Some(1_000 * leading(seconds).expect("seconds")),
            },
            size: match leading(cells[3]) {
                Some(bytes) if cells[3].contains(" B for each ") => Size::BytesPerItem(bytes),
                Some(bytes) => Size::Bytes(bytes),
                None => Size::Stated,
            },
        })
        .collect();
    assert!(rows.len() > 10, "{rows:?}");
    rows
}

/// Returns `true` if a key has the form of a pattern.
fn matches(pattern: &str, key: &str) -> bool {
    let Some((before, after)) = pattern.split_once('<') else {
        return pattern == key;
    };
    let (_, after) = after.split_once('>').expect("a closing bracket");
    let Some(rest) = key.strip_prefix(before) else {
        return false;
    };
    // The variable part has at least one character.
    rest.char_indices()
        .skip(1)
        .map(|(at, _)| at)
        .chain([rest.len()])
        .filter(|at| *at > 0)
        .any(|at| matches(after, &rest[at..]))
}

/// The documented keys, and those that were found.
struct Census {
    rows: Vec<Row>,
    redis: MultiplexedConnection,
    seen: BTreeSet<&'static str>,
}

impl Census {
    /// Compares all existing keys with the table.
    async fn take(&mut self) {
        let keys: Vec<String> = self.ask("KEYS", &["*"]).await.expect("a list");
        for key in keys {
            let kind: String = self.ask("TYPE", &[&key]).await.expect("a type");
            let left_ms: i64 = self.ask("PTTL", &[&key]).await.expect("a time");
            let bytes: Option<i64> = self.ask("MEMORY", &["USAGE", &key]).await.expect("a size");
            let count = match &*kind {
                "set" => self.ask("SCARD", &[&key]).await,
                "zset" => self.ask("ZCARD", &[&key]).await,
                "stream" => self.ask("XLEN", &[&key]).await,
                _ => Some(1_i64),
            };
            // The key may have expired since it was listed.
            let (Some(bytes), Some(count)) = (bytes, count) else {
                continue;
            };
            if left_ms == -2 {
                continue;
            }
            let found = self.rows.iter().find_map(|row| {
                let pattern = row.patterns.iter().find(|pattern| matches(pattern, &key))?;
                Some((row, *pattern))
            });
            let (row, pattern) =
                found.unwrap_or_else(|| panic!("{key} is not in the table of docs/redis.md"));
            assert_eq!(kind, row.kind, "type of {key}");
            match row.expires_ms {
                None => assert_eq!(left_ms, -1, "{key} expires"),
                Some(most) => assert!((0..=most).contains(&left_ms), "{key} expires in {left_ms} ms"),
            }
            let most = match row.size {
                Size::Bytes(bytes) => bytes,
                Size::BytesPerItem(bytes) => EMPTY_BYTES + bytes * count,
                Size::Stated => i64::MAX,
            };
            assert!(bytes <= most, "{key} takes {bytes} bytes");
            self.seen.insert(pattern);
        }
    }

    /// Sends a command about a key. Returns `None` if the key has expired, because the answer then has another type.
    async fn ask<T: deadpool_redis::redis::FromRedisValue>(
        &mut self,
        command: &str,
        arguments: &[&str],
    ) -> Option<T> {
        let mut command = cmd(command);
        command.arg(arguments);
        command.query_async(&mut self.redis).await.ok()
    }

    async fn until_seen(&mut self, pattern: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.seen.contains(pattern) {
            assert!(Instant::now() < deadline, "no key {pattern}, but {:?}", self.seen);
            self.take().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_and_channel_is_documented() {
    let plant = Plant::start().await;
    let other = plant.another(&[]).await;
    let mut redis = plant.redis.connection().await;
    let mut census = Census {
        rows: table_of_keys(),
        redis: plant.redis.connection().await,
        seen: BTreeSet::new(),
    };
    let vehicle = plant.program.create_enabled("Tugger").await;
    let mut robot = plant.robot().await;
    robot.is_at(&vehicle, 1.0).await;
    let state = json!({
        "vehicleId": vehicle, "currentSpeed": 0.4, "batteryLevel": 87.5, "currentLoad": 12.5, "temperature": 31.2,
        "errorCodes": ["E42"], "status": "MOVING", "lastUpdateTime": now_ms(),
    });
    robot.publish("vehicle:state:update", state.to_string()).await;
    for part in ["position", "state", "last_update"] {
        census.until_seen(&format!("vehicle:{{<uuid>}}:{part}")).await;
    }
    census.until_seen("vehicles:active").await;
    census.until_seen("vehicles:positions").await;

    robot.publish("vehicle:position:update", "no message").await;
    census.until_seen("{fleetwatch:dlq}:heard:<fingerprint>").await;
    census.until_seen("fleetwatch:dlq").await;

    let guess = json!({"username": "admin", "password": "a wrong password"});
    let deadline = Instant::now() + PATIENCE;
    // The key of a single attempt expires after two seconds.
    while !census.seen.contains("fleetwatch:limit:<bucket>") {
        assert!(Instant::now() < deadline, "{:?}", census.seen);
        let (status, _) = plant
            .program
            .rest("POST", "/api/auth/login", None, Some(guess.clone()))
            .await;
        assert!(matches!(status, 401 | 429), "{status}");
        census.take().await;
    }

    for path in ["/health/redis", "/health/websocket"] {
        assert_eq!(other.get(path).await.0, 200, "{path}");
    }
    census.until_seen("fleetwatch:probe").await;

    let mut heartbeat = cmd("SET");
    heartbeat
        .arg("fleetwatch:bridge:hall-1")
        .arg(r#"{"robots":[]}"#)
        .arg("EX")
        .arg(15);
    heartbeat.exec_async(&mut redis).await.expect("Redis is up");
    census.until_seen("fleetwatch:bridge:<name>").await;

    let mut damage = cmd("HSET");
    damage
        .arg(format!("vehicle:{{{vehicle}}}:position"))
        .arg("x")
        .arg("abc");
    damage.exec_async(&mut redis).await.expect("Redis is up");
    census.until_seen("fleetwatch:lease:<name>").await;
    census.until_seen("fleetwatch:mismatches").await;

    for row in &census.rows {
        let is_seen = row.patterns.iter().any(|pattern| census.seen.contains(pattern));
        assert!(is_seen, "no server has {:?}", row.patterns);
    }
    let documented: Vec<_> = rows("channel")
        .into_iter()
        .flat_map(|cells| patterns(cells[0]))
        .collect();
    let channels: Vec<String> = cmd("PUBSUB")
        .arg("CHANNELS")
        .query_async(&mut redis)
        .await
        .expect("a list");
    assert!(channels.len() >= 4, "{channels:?}");
    for channel in channels {
        let is_listed = documented.iter().any(|pattern| matches(pattern, &channel));
        assert!(is_listed, "{channel} is not among {documented:?}");
    }
}

#[test]
fn patterns_match_keys() {
    for (pattern, key, expected) in [
        ("vehicles:active", "vehicles:active", true),
        ("vehicles:active", "vehicles:activeX", false),
        ("vehicle:{<uuid>}:position", "vehicle:{7}:position", true),
        ("vehicle:{<uuid>}:position", "vehicle:{}:position", false),
        ("vehicle:{<uuid>}:position", "vehicle:{7}:state", false),
        ("fleetwatch:limit:<bucket>", "fleetwatch:limit:login:pair:a", true),
        ("fleetwatch:limit:<bucket>", "fleetwatch:limit:", false),
        (
            "fleetwatch:canary:<uuid>:{<channel>}",
            "fleetwatch:canary:7:{a:b}",
            true,
        ),
    ] {
        assert_eq!(matches(pattern, key), expected, "{pattern}: {key}");
    }
    assert_eq!(leading("5,000 B for each"), Some(5_000));
    assert_eq!(leading("up to 256 KiB"), None);
}
