//! Keys of another type than expected, which another program has written. They are treated as absent, and replaced by
//! the next write.

use application::Result;
use deadpool_redis::redis::{Cmd, Value};

use crate::{
    error::{from_redis, is_wrong_type},
    pool::CommandPool,
    script::{Call, LuaScript},
};

/// Types of keys, as the command `TYPE` returns them.
pub(crate) const SET: &str = "set";
pub(crate) const SORTED_SET: &str = "zset";
pub(crate) const STREAM: &str = "stream";

/// Executes commands that change a key of this type, and returns the answer to each. A key of another type is deleted
/// first.
pub(crate) async fn change_key(
    pool: &CommandPool,
    key: &str,
    kind: &'static str,
    commands: Vec<Cmd>,
) -> Result<Vec<Value>> {
    let mut answers = pool.each(commands.clone()).await?;
    let failed: Vec<usize> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.as_ref().is_err_and(is_wrong_type))
        .map(|(index, _)| index)
        .collect();
    if !failed.is_empty() {
        delete_unless(pool, key, kind).await?;
        let repeated = failed.iter().map(|&index| commands[index].clone()).collect();
        for (index, answer) in failed.iter().zip(pool.each(repeated).await?) {
            answers[*index] = answer;
        }
    }
    answers
        .into_iter()
        .map(|answer| answer.map_err(from_redis))
        .collect()
}

/// Deletes a key unless it has this type.
pub(crate) async fn delete_unless(pool: &CommandPool, key: &str, kind: &'static str) -> Result<()> {
    tracing::warn!(key, "deleting a key of the wrong type");
    let script = LuaScript::new(include_str!("scripts/delete_foreign.lua"));
    let call = Call {
        keys: vec![key.to_owned()],
        arguments: vec![kind.as_bytes().to_vec()],
    };
    let answers = script.run(pool, &[call]).await?;
    answers
        .into_iter()
        .try_for_each(|answer| answer.map(drop))
        .map_err(from_redis)
}
