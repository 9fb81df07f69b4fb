//! The members of the set of active vehicles and of the map.

use application::{
    Result,
    ports::{Roll, RollMember, RollPage},
};
use deadpool_redis::redis::{Cmd, cmd, from_redis_value};

use super::{ACTIVE, MAP, store::RedisLiveStore};
use crate::error::{is_wrong_type, unavailable};

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
        let key = key_of(roll);
        let answer = self.one(scan(roll, cursor)).await?;
        let value = match answer {
            Ok(value) => value,
            Err(error) if is_wrong_type(&error) => {
                tracing::warn!(key, "removing a key of the wrong type");
                let mut unlink = cmd("UNLINK");
                unlink.arg(key);
                let _removed: u64 = self.pool.query(&unlink).await?;
                return Ok(RollPage::default());
            }
            Err(error) => return Err(unavailable(error)),
        };
        let (next, texts): (u64, Vec<Vec<u8>>) =
            from_redis_value(value).map_err(|error| application::Error::unavailable("redis", error))?;
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

    pub(super) async fn strike_from(&self, roll: Roll, members: &[RollMember]) -> Result<()> {
        if members.is_empty() {
            return Ok(());
        }
        let mut remove = cmd(match roll {
            Roll::Active => "SREM",
            Roll::Map => "ZREM",
        });
        remove.arg(key_of(roll));
        for member in members {
            remove.arg(&member.0);
        }
        self.pool.query(&remove).await
    }

    async fn one(
        &self,
        command: Cmd,
    ) -> Result<deadpool_redis::redis::RedisResult<deadpool_redis::redis::Value>> {
        let mut answers = self.pool.each(vec![command]).await?;
        Ok(answers.pop().expect("every command has a reply"))
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
