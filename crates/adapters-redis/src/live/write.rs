//! Writing what is newer.

use std::time::Duration;

use application::{Result, ports::LiveRecord};
use deadpool_redis::redis::{FromRedisValue, RedisResult, Value, cmd};
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition, VehicleRuntimeState},
};

use super::{MAP, geo, position_hash, state_hash, store::RedisLiveStore};
use crate::{
    error::{is_wrong_type, unavailable},
    script::{Call, Slots},
};

pub(super) const POSITION_WRITTEN: i64 = 1;
pub(super) const STATE_WRITTEN: i64 = 2;

/// What is to be written of one vehicle.
pub(super) struct Parts<'a> {
    pub(super) id: VehicleId,
    pub(super) position: Option<&'a VehiclePosition>,
    pub(super) state: Option<&'a VehicleRuntimeState>,
    pub(super) last_update: Timestamp,
    pub(super) expires_in: Duration,
}

impl<'a> Parts<'a> {
    pub(super) fn of(record: &'a LiveRecord) -> Self {
        let LiveRecord {
            vehicle_id,
            position,
            state,
            last_update,
            expires_in,
        } = record;
        Self {
            id: *vehicle_id,
            position: position.as_ref(),
            state: state.as_ref(),
            last_update: *last_update,
            expires_in: *expires_in,
        }
    }
}

impl RedisLiveStore {
    /// Tells of each vehicle what was written: [`POSITION_WRITTEN`], [`STATE_WRITTEN`], or their sum.
    pub(super) async fn write_parts(&self, parts: &[Parts<'_>]) -> Result<Vec<i64>> {
        let calls: Vec<_> = parts.iter().map(|part| self.call(part)).collect();
        let answers = self.write_record.run(&self.pool, Slots::Apart, &calls).await?;
        let written = parts
            .iter()
            .zip(answers)
            .map(|(part, answer)| self.written(part.id, answer));
        let written = written.collect::<Result<Vec<i64>>>()?;

        let moved = parts
            .iter()
            .zip(&written)
            .filter(|(_, written)| *written & POSITION_WRITTEN != 0);
        self.put_on_map(moved.filter_map(|(part, _)| Some((part.id, part.position?))))
            .await?;
        Ok(written)
    }

    fn call(&self, part: &Parts<'_>) -> Call {
        let position = part
            .position
            .map(|position| (position.timestamp, position_hash::write(position)));
        let state = part
            .state
            .map(|state| (state.last_update_time, state_hash::write(state)));
        let mut call = Call {
            keys: vec![
                self.style.position(part.id),
                self.style.state(part.id),
                self.style.last_update(part.id),
            ],
            arguments: vec![
                part.expires_in.as_millis().max(1).to_string().into(),
                part.last_update.to_string().into(),
            ],
        };
        add_hash(&mut call, position_hash::FIELDS, position);
        add_hash(&mut call, state_hash::FIELDS, state);
        call
    }

    /// What the script's answer says. A key of another type is somebody else's, and left alone.
    fn written(&self, id: VehicleId, answer: RedisResult<Value>) -> Result<i64> {
        match answer.and_then(|value| Ok(i64::from_redis_value(value)?)) {
            Err(error) if is_wrong_type(&error) => {
                let (position, state) = (self.style.position(id), self.style.state(id));
                tracing::warn!(%position, %state, %error, "a vehicle's key is not of the type that it should be");
                Ok(0)
            }
            answer => answer.map_err(unavailable),
        }
    }

    async fn put_on_map<'a>(
        &self,
        positions: impl Iterator<Item = (VehicleId, &'a VehiclePosition)>,
    ) -> Result<()> {
        let (mut add, mut remove) = (cmd("GEOADD"), cmd("ZREM"));
        add.arg(MAP);
        remove.arg(MAP);
        let (mut inside, mut outside) = (0, 0);
        for (id, position) in positions {
            if let Some((longitude, latitude)) = geo::degrees_of(position.x, position.y) {
                add.arg(longitude.to_string())
                    .arg(latitude.to_string())
                    .arg(id.to_string());
                inside += 1;
            } else {
                remove.arg(id.to_string());
                outside += 1;
            }
        }
        let commands = [(add, inside), (remove, outside)]
            .into_iter()
            .filter(|(_, members)| *members > 0);
        for answer in self
            .pool
            .each(commands.map(|(command, _)| command).collect())
            .await?
        {
            match answer {
                // The map is a convenience for others: what stands in its place is no reason to keep nothing.
                Err(error) if is_wrong_type(&error) => {
                    tracing::warn!(key = MAP, "the key is no map of positions")
                }
                answer => drop(answer.map_err(unavailable)?),
            }
        }
        Ok(())
    }
}

fn add_hash<const N: usize>(call: &mut Call, names: [&str; N], hash: Option<(Timestamp, [String; N])>) {
    let Some((timestamp, texts)) = hash else {
        return call.arguments.push(Vec::new());
    };
    call.arguments
        .extend([timestamp.to_string().into_bytes(), N.to_string().into_bytes()]);
    for (name, text) in names.into_iter().zip(texts) {
        call.arguments
            .extend([name.as_bytes().to_vec(), text.into_bytes()]);
    }
}
