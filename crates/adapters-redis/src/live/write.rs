//! Conditional writes: a position or state never replaces a newer one of its series.

use application::Result;
use deadpool_redis::redis::{FromRedisValue, cmd};
use domain::{
    VehicleId,
    telemetry::{Timestamp, VehiclePosition},
};

use super::{
    MAP, geo,
    parts::{POSITION_WRITTEN, Parts},
    position_hash, state_hash,
    store::RedisLiveStore,
};
use crate::{error::from_redis, foreign, script::Call};

impl RedisLiveStore {
    /// Writes records, and adds the written positions to the geo index. Returns the sum of the flags for each record.
    pub(super) async fn write_parts(&self, parts: &[Parts<'_>]) -> Result<Vec<i64>> {
        let calls: Vec<_> = parts.iter().map(|part| self.call(part)).collect();
        let answers = self.write_record.run(&self.pool, &calls).await?;
        let written = answers.into_iter().map(|answer| {
            i64::from_redis_value(answer.map_err(from_redis)?).map_err(|error| from_redis(error.into()))
        });
        let written = written.collect::<Result<Vec<i64>>>()?;

        // Only positions that the script wrote are added to the geo index, so that it does not have an older one for
        // long.
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
            arguments: vec![part.expires_in.as_millis().max(1).to_string().into()],
        };
        let series = part.series.as_ref();
        add_hash(
            &mut call,
            position_hash::FIELDS,
            series.map(|series| series.positions),
            position,
        );
        add_hash(
            &mut call,
            state_hash::FIELDS,
            series.map(|series| series.states),
            state,
        );
        call
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
        let commands: Vec<_> = [(add, inside), (remove, outside)]
            .into_iter()
            .filter(|(_, members)| *members > 0)
            .map(|(command, _)| command)
            .collect();
        foreign::change_key(&self.pool, MAP, foreign::SORTED_SET, commands)
            .await
            .map(drop)
    }
}

fn add_hash<const N: usize>(
    call: &mut Call,
    names: [&str; N],
    series: Option<Option<Timestamp>>,
    hash: Option<(Timestamp, [String; N])>,
) {
    let Some((timestamp, texts)) = hash else {
        return call.arguments.push(Vec::new());
    };
    // An empty text continues the series in the key (`set_position` and `set_state`); 0 means the first series.
    let series = series.map(|began| began.unwrap_or(Timestamp::EPOCH).to_string());
    call.arguments.extend([
        timestamp.to_string().into_bytes(),
        series.unwrap_or_default().into_bytes(),
        N.to_string().into_bytes(),
    ]);
    for (name, text) in names.into_iter().zip(texts) {
        call.arguments
            .extend([name.as_bytes().to_vec(), text.into_bytes()]);
    }
}
