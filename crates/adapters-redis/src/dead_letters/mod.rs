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
use deadpool_redis::redis::{self, RedisResult, Value, cmd};
use uuid::Uuid;

use self::entry::{Entry, understood};
use crate::{
    error::{from_redis, is_wrong_type},
    pool::CommandPool,
    script::{Call, LuaScript},
    wire,
};

const STREAM: &str = "fleetwatch:dlq";
/// Approximate number of letters kept; Redis only removes whole blocks of them.
const LENGTH: usize = 10_000;
/// Maximum length of the field `detail`, in bytes.
const DETAIL_CAP: usize = 512;
/// Answer of the script to a letter that was stored in place of a key of another type.
const REPLACED: Value = Value::Int(2);
/// Maximum delay between the reports of the same message by two servers.
const SLOWNESS: Duration = Duration::from_secs(5);

/// Dead letters in Redis, shared by all servers.
///
/// Every server receives all messages, and reports those that it rejects. For each message (a channel, a length and a
/// payload) Redis counts how often each server has reported it, and stores the letter when a server has reported it
/// more often than it has been stored. A message therefore becomes one letter regardless of the number of servers, and
/// two messages with equal content become two letters.
///
/// The reason is not part of the message: servers learn of a change to the registry at different times, have different
/// clocks, and may have received different messages before, so they may reject a message for different reasons. The
/// letter has the reason of the server that reported it first.
pub struct RedisDeadLetters {
    pool: CommandPool,
    /// Distinguishes this server's count from those of the others: 32 hexadecimal digits. The ids of servers of release
    /// 0.1 also have hyphens, by which the script recognises them.
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
            server: Uuid::new_v4().simple().to_string(),
            slowness: SLOWNESS,
            append_script,
            replay_script,
        }
    }

    fn call(&self, letter: &DeadLetter) -> Call {
        let payload = &letter.payload[..];
        let (channel, reason) = (letter.channel.as_str(), letter.rejection.reason.as_str());
        let length = letter.bytes.to_string();
        let of_message = fingerprint([channel.as_bytes(), length.as_bytes(), payload]);
        // Servers of release 0.1 count each reason by itself.
        let of_reason = fingerprint([channel.as_bytes(), reason.as_bytes(), length.as_bytes(), payload]);
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
            keys: vec![STREAM.to_owned(), counts_of(of_message), counts_of(of_reason)],
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
        for answer in self.append_script.run(&self.pool, &calls).await? {
            if answer.map_err(from_redis)? == REPLACED {
                tracing::warn!(key = STREAM, "replaced a key of the wrong type");
            }
        }
        Ok(())
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
        let entries: Option<Vec<Entry>> = self.pool.read(&range).await?;
        let entries = entries.unwrap_or_default();
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
            let value = match answer {
                Err(error) if is_wrong_type(&error) => continue,
                answer => answer.map_err(from_redis)?,
            };
            let entries: Vec<Entry> =
                redis::from_redis_value(value).map_err(|error| Error::unavailable("redis", error))?;
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
        existing(ids.iter().copied(), answers)
    }

    async fn replay(&self, letters: &[LetterReplay]) -> Result<Vec<DeadLetterId>> {
        let calls: Vec<_> = letters.iter().map(replay_call).collect();
        let answers = self.replay_script.run(&self.pool, &calls).await?;
        existing(letters.iter().map(|letter| letter.id), answers)
    }
}

/// Returns the ids for which the answer is 1. A key of another type contains no letters.
fn existing(
    ids: impl Iterator<Item = DeadLetterId>,
    answers: Vec<RedisResult<Value>>,
) -> Result<Vec<DeadLetterId>> {
    let mut existing = Vec::new();
    for (id, answer) in ids.zip(answers) {
        match answer {
            Ok(Value::Int(1)) => existing.push(id),
            Ok(_) => {}
            Err(error) if is_wrong_type(&error) => {}
            Err(error) => return Err(from_redis(error)),
        }
    }
    Ok(existing)
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

/// Returns the key of the counts with a fingerprint. Its hash tag is the stream's whole name, so both share a slot.
fn counts_of(fingerprint: u64) -> String {
    format!("{{{STREAM}}}:heard:{fingerprint:016x}")
}

/// Returns the FNV-1a hash (64 bits) of the parts with a zero byte after each. It is the same on all servers and in all
/// versions. Messages whose hashes collide are counted together, so one of them may not be stored.
fn fingerprint<const N: usize>(parts: [&[u8]; N]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = parts.into_iter().flat_map(|part| part.iter().copied().chain([0]));
    bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests;
