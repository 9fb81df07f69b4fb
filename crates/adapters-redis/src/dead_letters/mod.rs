//! Rejected messages, in the stream `fleetwatch:dlq`.

mod entry;

use std::time::Duration;

use application::{
    Error, Result,
    ports::{
        DeadLetterId, DeadLetterPortion, DeadLetters, LETTERS_AT_ONCE, LetterOrder, LetterReplay,
        StoredDeadLetter,
    },
    telemetry::DeadLetter,
};
use async_trait::async_trait;
use deadpool_redis::redis::{self, Value, cmd};
use uuid::Uuid;

use self::entry::{Entry, understood};
use crate::{
    error::from_redis,
    pool::CommandPool,
    script::{Call, LuaScript},
    wire,
};

const STREAM: &str = "fleetwatch:dlq";
/// Approximate number of letters kept; Redis only removes whole blocks of them.
const LENGTH: usize = 10_000;
/// Maximum length of the field `detail`, in bytes.
const DETAIL_CAP: usize = 512;
/// Maximum delay between the reports of the same message by two servers.
const SLOWNESS: Duration = Duration::from_secs(5);

/// Dead letters in Redis, shared by all servers.
///
/// Every server receives all messages, and reports those that it rejects. For each letter (a channel, a reason, a
/// length and a payload) Redis counts how often each server has reported it, and stores the letter when a server has
/// reported it more often than it has been stored. A message therefore becomes one letter regardless of the number of
/// servers, and two messages with equal content become two letters.
pub struct RedisDeadLetters {
    pool: CommandPool,
    /// Distinguishes this server's count from those of the others.
    server: String,
    slowness: Duration,
    append_script: LuaScript,
    replay_script: LuaScript,
}

impl RedisDeadLetters {
    pub(crate) fn new(pool: CommandPool) -> Self {
        let append_script = LuaScript::new(include_str!("../scripts/append_dead_letter.lua"));
        let replay_script = LuaScript::new(include_str!("../scripts/replay_dead_letter.lua"));
        Self {
            pool,
            server: Uuid::new_v4().to_string(),
            slowness: SLOWNESS,
            append_script,
            replay_script,
        }
    }

    fn call(&self, letter: &DeadLetter) -> Call {
        let payload = &letter.payload[..];
        let (channel, reason) = (letter.channel.as_str(), letter.rejection.reason.as_str());
        let length = letter.bytes.to_string();
        let fingerprint = fingerprint([channel.as_bytes(), reason.as_bytes(), length.as_bytes(), payload]);
        let detail = &letter.rejection.detail;
        let received_at = letter.received_at.to_string();
        let vehicle_id = letter.vehicle_id.map(|id| id.to_string());
        let mut fields: Vec<(&str, &[u8])> = vec![
            (entry::CHANNEL, channel.as_bytes()),
            (entry::PAYLOAD, payload),
            (entry::BYTES, length.as_bytes()),
            (entry::REASON, reason.as_bytes()),
            (entry::RECEIVED_AT, received_at.as_bytes()),
            (
                entry::DETAIL,
                &detail.as_bytes()[..detail.floor_char_boundary(DETAIL_CAP)],
            ),
        ];
        if let Some(id) = &vehicle_id {
            fields.push((entry::VEHICLE_ID, id.as_bytes()));
        }
        let settings = [
            self.server.clone(),
            self.slowness.as_millis().to_string(),
            LENGTH.to_string(),
        ];
        let fields = fields
            .into_iter()
            .flat_map(|(name, text)| [name.as_bytes().to_vec(), text.to_vec()]);
        Call {
            // The hash tag is the stream's whole name, so both keys share a slot.
            keys: vec![
                STREAM.to_owned(),
                format!("{{{STREAM}}}:heard:{fingerprint:016x}"),
            ],
            arguments: settings
                .into_iter()
                .map(String::into_bytes)
                .chain(fields)
                .collect(),
        }
    }
}

#[async_trait]
impl DeadLetters for RedisDeadLetters {
    async fn append(&self, letters: &[DeadLetter]) -> Result<()> {
        let calls: Vec<_> = letters.iter().map(|letter| self.call(letter)).collect();
        let answers = self.append_script.run(&self.pool, &calls).await?;
        answers
            .into_iter()
            .try_for_each(|answer| answer.map(drop))
            .map_err(from_redis)
    }

    async fn read(&self, order: LetterOrder, behind: Option<DeadLetterId>) -> Result<DeadLetterPortion> {
        // Redis 6.0 does not support exclusive ranges, so the range begins at the next id.
        let (command, begin, end) = match order {
            LetterOrder::OldestFirst => ("XRANGE", "-", "+"),
            LetterOrder::NewestFirst => ("XREVRANGE", "+", "-"),
        };
        let from = match (behind, order) {
            (None, _) => Some(begin.to_owned()),
            (Some(id), LetterOrder::OldestFirst) => id.after().map(|id| id.to_string()),
            (Some(id), LetterOrder::NewestFirst) => id.before().map(|id| id.to_string()),
        };
        let Some(from) = from else {
            return Ok(DeadLetterPortion::default());
        };
        let mut range = cmd(command);
        range
            .arg(STREAM)
            .arg(from)
            .arg(end)
            .arg("COUNT")
            .arg(LETTERS_AT_ONCE);
        let entries: Vec<Entry> = self.pool.query(&range).await?;
        let next = match entries.last() {
            Some((last, _)) if entries.len() == LETTERS_AT_ONCE => Some(entry::id(last)?),
            _ => None,
        };
        Ok(DeadLetterPortion {
            letters: entries.into_iter().filter_map(understood).collect(),
            next,
        })
    }

    async fn find(&self, ids: &[DeadLetterId]) -> Result<Vec<StoredDeadLetter>> {
        let range = |id: &DeadLetterId| {
            let mut range = cmd("XRANGE");
            range.arg(STREAM).arg(id.to_string()).arg(id.to_string());
            range
        };
        let answers = self.pool.each(ids.iter().map(range).collect()).await?;
        let mut found = Vec::with_capacity(ids.len());
        for answer in answers {
            let entries: Vec<Entry> = redis::from_redis_value(answer.map_err(from_redis)?)
                .map_err(|error| Error::unavailable("redis", error))?;
            found.extend(entries.into_iter().filter_map(understood));
        }
        Ok(found)
    }

    async fn remove(&self, ids: &[DeadLetterId]) -> Result<Vec<DeadLetterId>> {
        let delete = |id: &DeadLetterId| {
            let mut delete = cmd("XDEL");
            delete.arg(STREAM).arg(id.to_string());
            delete
        };
        let answers = self.pool.each(ids.iter().map(delete).collect()).await?;
        let mut removed = Vec::new();
        for (id, answer) in ids.iter().zip(answers) {
            if answer.map_err(from_redis)? == Value::Int(1) {
                removed.push(*id);
            }
        }
        Ok(removed)
    }

    async fn replay(&self, letters: &[LetterReplay]) -> Result<Vec<DeadLetterId>> {
        let calls: Vec<_> = letters.iter().map(replay_call).collect();
        let answers = self.replay_script.run(&self.pool, &calls).await?;
        let mut replayed = Vec::new();
        for (letter, answer) in letters.iter().zip(answers) {
            if answer.map_err(from_redis)? == Value::Int(1) {
                replayed.push(letter.id);
            }
        }
        Ok(replayed)
    }
}

/// Returns the call that replays a letter. It publishes on the plain channels, to which servers listen regardless of
/// the number of shards: a sharded channel can be on another node of a cluster than the stream, out of reach of the
/// script.
fn replay_call(letter: &LetterReplay) -> Call {
    let parts = letter
        .reports
        .iter()
        .flat_map(|report| [report.channel().as_str().to_owned(), wire::encode(report)]);
    let arguments = [letter.id.to_string()].into_iter().chain(parts);
    Call {
        keys: vec![STREAM.to_owned()],
        arguments: arguments.map(String::into_bytes).collect(),
    }
}

/// Returns the FNV-1a hash (64 bits) of the parts with a zero byte after each. It is the same on all servers and in all
/// versions. Letters whose hashes collide are counted together, so one of them may not be stored.
fn fingerprint<const N: usize>(parts: [&[u8]; N]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = parts.into_iter().flat_map(|part| part.iter().copied().chain([0]));
    bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use application::telemetry::{Channel, Reason, Rejection};
    use domain::telemetry::Timestamp;
    use test_stores::redis::RedisServer;

    use super::*;
    use crate::{KeyStyle, Redis, RedisOptions};

    #[tokio::test]
    async fn letters_of_a_server_that_starts_later_are_stored_once_the_others_have_stopped() {
        let server = RedisServer::start();
        let redis = Redis::new(RedisOptions {
            url: server.url().parse().expect("a URL"),
            pool_size: 1,
            key_style: KeyStyle::Tagged,
            channel_shards: std::num::NonZero::<u16>::MIN,
            key_ttl: Duration::from_secs(1),
        })
        .expect("sound options");
        let quick = || RedisDeadLetters {
            slowness: Duration::from_millis(50),
            ..redis.dead_letters()
        };
        let rejection = Rejection::new(Reason::NotJson, "broken");
        let letter = DeadLetter::new(Channel::State, b"again and again", rejection, Timestamp::EPOCH);
        const OF_THE_FIRST: usize = 9_000;
        quick()
            .append(&vec![letter.clone(); OF_THE_FIRST])
            .await
            .expect("Redis is up");

        let (second, mut connection) = (quick(), server.connection().await);
        let mut needed = 0;
        while cmd("XLEN")
            .arg(STREAM)
            .query_async::<usize>(&mut connection)
            .await
            .expect("a stream")
            == OF_THE_FIRST
        {
            second
                .append(std::slice::from_ref(&letter))
                .await
                .expect("Redis is up");
            needed += 1;
        }
        assert!(
            needed < OF_THE_FIRST,
            "a new server must not have to repeat letters from before its start"
        );
    }

    #[test]
    fn a_fingerprint_does_not_change_between_versions() {
        // The reference value of FNV-1a for a single zero byte.
        assert_eq!(fingerprint([b""]), 0xaf63_bd4c_8601_b7df);
        assert_eq!(fingerprint([b"a", b"b"]), fingerprint([b"a\0b"]));
        assert_ne!(fingerprint([b"ab", b""]), fingerprint([b"a", b"b"]));
    }
}
