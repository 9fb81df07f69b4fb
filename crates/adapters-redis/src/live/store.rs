//! The implementation of the ports for live keys.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use application::{
    Result,
    ports::{
        BrokenParts, Differences, LiveKeys, LiveRecord, PositionStore, Roll, RollMember, RollPage, Series,
        StateStore,
    },
};
use async_trait::async_trait;
use deadpool_redis::redis::{Cmd, RedisResult, Value, cmd};
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};

use super::{
    ACTIVE, MAP,
    parts::{OVERTAKEN, POSITION_WRITTEN, Parts, STATE_WRITTEN},
    read::{Found, POSITIONS, STATES, contents},
};
use crate::{
    error::{from_redis, is_wrong_type},
    foreign,
    options::{KeyStyle, RedisOptions},
    pool::CommandPool,
    script::LuaScript,
};

/// Live keys in Redis.
///
/// The hashes and the last update of a vehicle change in one step, in a script that also compares the timestamps: an
/// older position or state never overwrites a newer one of its series, whichever server writes. The map of positions is
/// updated in a second step, because its key is in another slot. With several servers, it may lag behind by one sample
/// until the next write.
#[derive(Clone)]
pub struct RedisLiveStore {
    pub(super) pool: CommandPool,
    pub(super) style: KeyStyle,
    pub(super) ttl: Duration,
    pub(super) write_record: Arc<LuaScript>,
}

impl RedisLiveStore {
    pub(crate) fn new(pool: CommandPool, options: &RedisOptions) -> Self {
        Self {
            pool,
            style: options.key_style,
            ttl: options.key_ttl,
            write_record: Arc::new(LuaScript::new(include_str!("../scripts/write_record.lua"))),
        }
    }
}

#[async_trait]
impl PositionStore for RedisLiveStore {
    async fn get_position(&self, id: VehicleId) -> Result<Option<VehiclePosition>> {
        Ok(self.get_positions(&[id]).await?.remove(&id))
    }

    async fn set_position(&self, id: VehicleId, position: &VehiclePosition) -> Result<bool> {
        let part = Parts {
            id,
            position: Some(position),
            state: None,
            series: None,
            expires_in: self.ttl,
        };
        let written = self.write_parts(&[part]).await?;
        Ok(written[0] & POSITION_WRITTEN != 0)
    }

    async fn get_positions(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehiclePosition>> {
        let answers = self
            .pool
            .each(POSITIONS.questions(self.style, ids).collect())
            .await?;
        Ok(contents(POSITIONS.understood(self.style, ids, answers)?))
    }

    async fn get_all_active_positions(&self) -> Result<HashMap<VehicleId, VehiclePosition>> {
        let members: Option<Vec<Vec<u8>>> = self.pool.read(cmd("SMEMBERS").arg(ACTIVE)).await?;
        let members = members.unwrap_or_default();
        // Members that are not vehicle ids were added by other programs.
        let id = |member: &Vec<u8>| std::str::from_utf8(member).ok()?.parse().ok();
        let ids: Vec<_> = members.iter().filter_map(id).collect();
        self.get_positions(&ids).await
    }
}

#[async_trait]
impl StateStore for RedisLiveStore {
    async fn get_state(&self, id: VehicleId) -> Result<Option<VehicleRuntimeState>> {
        Ok(self.get_states(&[id]).await?.remove(&id))
    }

    async fn set_state(&self, id: VehicleId, state: &VehicleRuntimeState) -> Result<bool> {
        let part = Parts {
            id,
            position: None,
            state: Some(state),
            series: None,
            expires_in: self.ttl,
        };
        let written = self.write_parts(&[part]).await?;
        Ok(written[0] & STATE_WRITTEN != 0)
    }

    async fn get_states(&self, ids: &[VehicleId]) -> Result<HashMap<VehicleId, VehicleRuntimeState>> {
        let answers = self
            .pool
            .each(STATES.questions(self.style, ids).collect())
            .await?;
        Ok(contents(STATES.understood(self.style, ids, answers)?))
    }
}

#[async_trait]
impl LiveKeys for RedisLiveStore {
    fn key_of(&self, id: VehicleId) -> String {
        self.style.stem(id)
    }

    async fn write(&self, records: &[LiveRecord]) -> Result<Vec<VehicleId>> {
        let parts: Vec<_> = records.iter().map(Parts::of).collect();
        let written = self.write_parts(&parts).await?;
        let overtaken = parts
            .iter()
            .zip(written)
            .filter(|(_, written)| *written & OVERTAKEN != 0);
        Ok(overtaken.map(|(part, _)| part.id).collect())
    }

    async fn read(&self, ids: &[VehicleId]) -> Result<Vec<LiveRecord>> {
        let questions = POSITIONS
            .questions(self.style, ids)
            .chain(STATES.questions(self.style, ids))
            .chain(self.questions_of_expiry(ids));
        let mut answers = self.pool.each(questions.collect()).await?.into_iter();
        let mut positions = POSITIONS.understood(self.style, ids, answers.by_ref().take(ids.len()))?;
        let mut states = STATES.understood(self.style, ids, answers.by_ref().take(ids.len()))?;
        let record = |(id, left): (&VehicleId, RedisResult<Value>)| {
            let (position, state) = (positions.remove(id), states.remove(id));
            if position.is_none() && state.is_none() {
                return None;
            }
            let broken = BrokenParts {
                position: matches!(position, Some(Found::Broken)),
                state: matches!(state, Some(Found::Broken)),
            };
            let (position, positions) = position.and_then(Found::content).unzip();
            let (state, states) = state.and_then(Found::content).unzip();
            let times = [
                position.as_ref().map(|position| position.timestamp),
                state.as_ref().map(|state| state.last_update_time),
            ];
            Some(LiveRecord {
                vehicle_id: *id,
                position,
                state,
                last_update: times.into_iter().flatten().max().unwrap_or(Timestamp::EPOCH),
                series: Series {
                    positions: positions.flatten(),
                    states: states.flatten(),
                },
                broken,
                expires_in: self.expires_in(left),
            })
        };
        Ok(ids.iter().zip(answers).filter_map(record).collect())
    }

    async fn differing(&self, expected: &[LiveRecord], latest: Timestamp) -> Result<Differences> {
        self.differing_of(expected, latest).await
    }

    async fn members(&self, roll: Roll, cursor: u64) -> Result<RollPage> {
        self.members_of(roll, cursor).await
    }

    async fn members_among(&self, roll: Roll, ids: &[VehicleId]) -> Result<HashSet<VehicleId>> {
        self.members_among_of(roll, ids).await
    }

    async fn strike(&self, roll: Roll, members: &[RollMember]) -> Result<Vec<RollMember>> {
        self.strike_from(roll, members).await
    }

    async fn activate(&self, ids: &[VehicleId]) -> Result<Vec<VehicleId>> {
        // One command per vehicle, because a command for several only returns the number of new members.
        let commands = ids.iter().map(|id| {
            let mut add = cmd("SADD");
            add.arg(ACTIVE).arg(id.to_string());
            add
        });
        let answers = foreign::change_key(&self.pool, ACTIVE, foreign::SET, commands.collect()).await?;
        let added = ids
            .iter()
            .zip(answers)
            .filter(|(_, answer)| *answer == Value::Int(1));
        Ok(added.map(|(id, _)| *id).collect())
    }

    async fn deactivate(&self, ids: &[VehicleId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.remove_together(leave(ids)).await
    }

    async fn forget(&self, ids: &[VehicleId]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut commands = leave(ids);
        commands.extend(ids.iter().map(|id| {
            let mut unlink = cmd("UNLINK");
            unlink
                .arg(self.style.position(*id))
                .arg(self.style.state(*id))
                .arg(self.style.last_update(*id));
            unlink
        }));
        self.remove_together(commands).await
    }
}

impl RedisLiveStore {
    /// Removes keys and members in one transaction. A key of another type has no members.
    async fn remove_together(&self, commands: Vec<Cmd>) -> Result<()> {
        for answer in self.pool.together(commands).await? {
            match answer {
                Err(error) if !is_wrong_type(&error) => return Err(from_redis(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Returns the commands that remove vehicles from the set of active ones and from the geo index.
fn leave(ids: &[VehicleId]) -> Vec<Cmd> {
    let (mut set, mut map) = (cmd("SREM"), cmd("ZREM"));
    set.arg(ACTIVE).arg(texts(ids));
    map.arg(MAP).arg(texts(ids));
    vec![set, map]
}

fn texts(ids: &[VehicleId]) -> Vec<String> {
    ids.iter().map(VehicleId::to_string).collect()
}
