//! Answers from a cluster that redirect or postpone a command.

use deadpool_redis::redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind, Value};

use crate::url::Node;

/// Instruction for a command that a node of a cluster did not execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Redirection {
    /// The slot belongs to another master.
    Moved(Node),
    /// The slot is being moved, and this key is already on, or belongs on, another master.
    Ask(Node),
    /// The slot is being moved, and the keys of this command are on both masters at the moment.
    TryAgain,
}

impl Redirection {
    /// Returns the redirection in an answer from the node `from`.
    pub(super) fn of(answer: &RedisResult<Value>, from: &Node) -> Option<Self> {
        let error = answer.as_ref().err()?;
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::Moved) => Some(Self::Moved(target(error, from)?)),
            ErrorKind::Server(ServerErrorKind::Ask) => Some(Self::Ask(target(error, from)?)),
            ErrorKind::Server(ServerErrorKind::TryAgain) => Some(Self::TryAgain),
            _ => None,
        }
    }
}

/// Returns the node that a redirection names. An empty host stands for that of the node that answered.
fn target(error: &RedisError, from: &Node) -> Option<Node> {
    let (address, _slot) = error.redirect_node()?;
    let (host, port) = address.rsplit_once(':')?;
    let host = if host.is_empty() { &from.host } else { host };
    Some(Node {
        host: host.to_owned(),
        port: port.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use deadpool_redis::redis::parse_redis_value;
    use rstest::rstest;

    use super::*;

    fn node(host: &str, port: u16) -> Node {
        Node {
            host: host.to_owned(),
            port,
        }
    }

    #[rstest]
    #[case(
        "-MOVED 3999 127.0.0.1:6381\r\n",
        Some(Redirection::Moved(node("127.0.0.1", 6381)))
    )]
    #[case("-MOVED 3999 ::1:6381\r\n", Some(Redirection::Moved(node("::1", 6381))))]
    #[case("-MOVED 3999 :6381\r\n", Some(Redirection::Moved(node("asked", 6381))))]
    #[case("-ASK 3999 h:6381\r\n", Some(Redirection::Ask(node("h", 6381))))]
    #[case(
        "-TRYAGAIN Multiple keys request during rehashing of slot\r\n",
        Some(Redirection::TryAgain)
    )]
    #[case("-CLUSTERDOWN Hash slot not served\r\n", None)]
    #[case("-ERR other\r\n", None)]
    #[case("+OK\r\n", None)]
    fn redirections_are_recognised(#[case] answer: &str, #[case] expected: Option<Redirection>) {
        let answer = parse_redis_value(answer.as_bytes()).and_then(Value::extract_error);
        assert_eq!(Redirection::of(&answer, &node("asked", 1)), expected);
    }
}
