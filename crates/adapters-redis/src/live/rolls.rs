//! The members of the set of active vehicles and of the geo index.

use std::collections::HashSet;

use application::{
    Result,
    ports::{Roll, RollMember, RollPage},
};
use deadpool_redis::redis::{Cmd, Value, cmd};
use domain::VehicleId;

use super::{ACTIVE, MAP, store::RedisLiveStore};
use crate::{
    error::{from_redis, is_wrong_type},
    foreign,
};

/// Approximate number of members that one step of a scan returns.
const PAGE: usize = 1_000;

const fn key_of(roll: Roll) -> &'static str {
    match roll {
        Roll::Active => ACTIVE,
        Roll::Map => MAP,
    }
}

impl RedisLiveStore {
    pub(super) async fn members_of(&self, roll: Roll, cursor: u64) -> Result<RollPage> {
        let page: Option<(u64, Vec<Vec<u8>>)> = self.pool.read(&scan(roll, cursor)).await?;
        let Some((next, texts)) = page else {
            let kind = match roll {
                Roll::Active => foreign::SET,
                Roll::Map => foreign::SORTED_SET,
            };
            foreign::delete_unless(&self.pool, key_of(roll), kind).await?;
            return Ok(RollPage::default());
        };
        // ZSCAN returns a score after each member.
        let step = match roll {
            Roll::Active => 1,
            Roll::Map => 2,
        };
        Ok(RollPage {
            members: texts.into_iter().step_by(step).map(RollMember).collect(),
            next: Some(next).filter(|cursor| *cursor != 0),
        })
    }

    pub(super) async fn members_among_of(&self, roll: Roll, ids: &[VehicleId]) -> Result<HashSet<VehicleId>> {
        let name = match roll {
            Roll::Active => "SISMEMBER",
            Roll::Map => "ZSCORE",
        };
        let questions = ids.iter().map(|id| {
            let mut question = cmd(name);
            question.arg(key_of(roll)).arg(id.to_string());
            question
        });
        let answers = self.pool.each(questions.collect()).await?;
        let mut members = HashSet::with_capacity(ids.len());
        for (id, answer) in ids.iter().zip(answers) {
            match answer {
                // SISMEMBER returns 0 for other members, and ZSCORE nil.
                Ok(Value::Int(0) | Value::Nil) => {}
                Ok(_) => drop(members.insert(*id)),
                Err(error) if is_wrong_type(&error) => {}
                Err(error) => return Err(from_redis(error)),
            }
        }
        Ok(members)
    }

    /// Removes members one by one, because a command for several members only returns their number.
    pub(super) async fn strike_from(&self, roll: Roll, members: &[RollMember]) -> Result<Vec<RollMember>> {
        let name = match roll {
            Roll::Active => "SREM",
            Roll::Map => "ZREM",
        };
        let commands = members.iter().map(|member| {
            let mut remove = cmd(name);
            remove.arg(key_of(roll)).arg(&member.0);
            remove
        });
        let answers = self.pool.each(commands.collect()).await?;
        let mut removed = Vec::new();
        for (member, answer) in members.iter().zip(answers) {
            match answer {
                Ok(Value::Int(1)) => removed.push(member.clone()),
                Ok(_) => {}
                Err(error) if is_wrong_type(&error) => {}
                Err(error) => return Err(from_redis(error)),
            }
        }
        Ok(removed)
    }
}

fn scan(roll: Roll, cursor: u64) -> Cmd {
    let mut scan = cmd(match roll {
        Roll::Active => "SSCAN",
        Roll::Map => "ZSCAN",
    });
    scan.arg(key_of(roll)).arg(cursor).arg("COUNT").arg(PAGE);
    scan
}
