//! Spans of commands, for traces.

use application::ports::{Attribute, SpanKind, SpanStart};
use deadpool_redis::redis::{Arg, Cmd, Pipeline};

use crate::url::Node;

/// Describes the span of a pipeline that is sent to a server. The span is named after the commands if they are all the
/// same, and never contains keys or values.
pub(super) fn of(pipeline: &Pipeline, to: &Node, database: i64) -> SpanStart {
    let (operation, commands) = operation(pipeline);
    let mut attributes: Vec<Attribute> = vec![
        ("db.system.name", "redis".into()),
        ("db.namespace", database.to_string().into()),
        ("db.operation.name", operation.clone().into()),
        ("server.address", to.host.clone().into()),
        ("server.port", to.port.into()),
    ];
    if commands > 1 {
        attributes.push(("db.operation.batch.size", commands.into()));
    }
    SpanStart {
        name: format!("{operation} {}:{}", to.host, to.port).into(),
        kind: SpanKind::Client,
        attributes,
    }
}

/// Returns the name of the operation, as OpenTelemetry defines it for Redis, and the number of commands: the name of a
/// single command; `PIPELINE` or `MULTI` for several, followed by the name if it is the same for all.
fn operation(pipeline: &Pipeline) -> (String, usize) {
    let names: Vec<_> = pipeline
        .cmd_iter()
        .map(name_of)
        .filter(|name| name != "ASKING")
        .collect();
    let prefix = match (pipeline.is_transaction(), names.len()) {
        (true, _) => "MULTI",
        (false, 1) => "",
        (false, _) => "PIPELINE",
    };
    let same = names
        .first()
        .filter(|first| names.iter().all(|name| name == *first));
    let words = [Some(prefix), same.map(String::as_str)];
    let words: Vec<_> = words
        .into_iter()
        .flatten()
        .filter(|word| !word.is_empty())
        .collect();
    (words.join(" "), names.len())
}

fn name_of(command: &Cmd) -> String {
    match command.args_iter().next() {
        Some(Arg::Simple(name)) => String::from_utf8_lossy(name).to_ascii_uppercase(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use deadpool_redis::redis::pipe;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(false, &["hgetall"], "HGETALL", 1)]
    #[case(false, &["ASKING", "GET"], "GET", 1)]
    #[case(false, &["EVALSHA", "EVALSHA"], "PIPELINE EVALSHA", 2)]
    #[case(false, &["SET", "GET", "GET"], "PIPELINE", 3)]
    #[case(true, &["ZREM", "SREM"], "MULTI", 2)]
    #[case(true, &["SREM"], "MULTI SREM", 1)]
    fn operations_are_named_after_their_commands(
        #[case] is_transaction: bool,
        #[case] commands: &[&str],
        #[case] expected: &str,
        #[case] number: usize,
    ) {
        let mut pipeline = pipe();
        if is_transaction {
            pipeline.atomic();
        }
        for command in commands {
            pipeline.cmd(command).arg("secret");
        }
        assert_eq!(operation(&pipeline), (expected.to_owned(), number));
    }
}
