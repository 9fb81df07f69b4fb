//! Lua scripts, which compare and change keys in one atomic step.

use application::Result;
use deadpool_redis::redis::{Cmd, ErrorKind, RedisResult, Script, ServerErrorKind, Value, cmd};

use crate::pool::CommandPool;

/// A script, and the SHA-1 digest by which Redis identifies it.
pub(crate) struct LuaScript {
    code: &'static str,
    sha: String,
}

#[derive(Default)]
pub(crate) struct Call {
    pub(crate) keys: Vec<String>,
    pub(crate) arguments: Vec<Vec<u8>>,
}

impl LuaScript {
    pub(crate) fn new(code: &'static str) -> Self {
        Self {
            code,
            sha: Script::new(code).get_hash().to_owned(),
        }
    }

    /// Runs the script once for each call, pipelined, and returns the answer to each. Calls whose keys share a slot are
    /// executed in order.
    ///
    /// Only the script's digest is sent. A node that does not know it, for example after a restart, gets the whole
    /// script.
    pub(crate) async fn run(&self, pool: &CommandPool, calls: &[Call]) -> Result<Vec<RedisResult<Value>>> {
        let by_name = calls
            .iter()
            .map(|call| call.command("EVALSHA", &self.sha))
            .collect();
        let mut answers = pool.each(by_name).await?;
        let unknown: Vec<usize> = answers
            .iter()
            .enumerate()
            .filter(|(_, answer)| is_unknown(answer))
            .map(|(index, _)| index)
            .collect();
        if !unknown.is_empty() {
            // A call that fails with NOSCRIPT has no effect, so no call takes effect twice.
            let by_code = unknown
                .iter()
                .map(|&index| calls[index].command("EVAL", self.code))
                .collect();
            for (index, answer) in unknown.iter().zip(pool.each(by_code).await?) {
                answers[*index] = answer;
            }
        }
        Ok(answers)
    }
}

impl Call {
    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = cmd(name);
        command
            .arg(script)
            .arg(self.keys.len())
            .arg(&self.keys)
            .arg(&self.arguments);
        command
    }
}

fn is_unknown(answer: &RedisResult<Value>) -> bool {
    answer
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::Server(ServerErrorKind::NoScript))
}
