//! The masters and slots that the nodes of a cluster report.

use deadpool_redis::redis::{Pipeline, RedisResult, Value, from_redis_value, pipe};

use super::{
    inquiry::Inquiry,
    layout::{Layout, Range, View},
};
use crate::url::Node;

pub(super) struct Cluster {
    /// The nodes in the URL.
    seeds: Vec<Node>,
    question: Pipeline,
    inquiry: Inquiry,
}

/// Answers to `CLUSTER MYID`, `CLUSTER INFO` and `CLUSTER SLOTS`.
type Answer = (String, String, Vec<Vec<Value>>);

impl Cluster {
    pub(super) fn new(seeds: Vec<Node>, inquiry: Inquiry) -> Self {
        let mut question = pipe();
        question.cmd("CLUSTER").arg("MYID");
        question.cmd("CLUSTER").arg("INFO");
        question.cmd("CLUSTER").arg("SLOTS");
        Self {
            seeds,
            question,
            inquiry,
        }
    }

    /// Queries the nodes in the URL and the masters of the last layout.
    pub(super) async fn ask(&self, last: Option<&Layout>) -> RedisResult<Layout> {
        let mut nodes = last.map(|layout| layout.masters().to_vec()).unwrap_or_default();
        for seed in &self.seeds {
            if !nodes.contains(seed) {
                nodes.push(seed.clone());
            }
        }
        let answers = self.inquiry.ask::<Answer>(&nodes, &self.question).await?;
        let views: Vec<_> = answers
            .into_iter()
            .map(|(node, answer)| view(&node, answer))
            .collect();
        Ok(Layout::of_cluster(&views).expect("a successful inquiry has an answer"))
    }
}

fn view(asked: &Node, (id, information, slots): Answer) -> View {
    let number = |name: &str| {
        let mut lines = information.lines();
        let text = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        text.and_then(|text| text.trim().parse().ok()).unwrap_or_default()
    };
    View {
        id,
        is_up: information.contains("cluster_state:ok"),
        current_epoch: number("cluster_current_epoch"),
        own_epoch: number("cluster_my_epoch"),
        ranges: slots
            .into_iter()
            .filter_map(|range| self::range(asked, range))
            .collect(),
    }
}

/// Parses an entry of `CLUSTER SLOTS`: the first and the last slot, the master, and the replicas. A node consists of
/// its host, its port, its identifier, and further properties.
fn range(asked: &Node, entry: Vec<Value>) -> Option<Range> {
    let mut entry = entry.into_iter();
    let first = from_redis_value(entry.next()?).ok()?;
    let last = from_redis_value(entry.next()?).ok()?;
    let mut master = from_redis_value::<Vec<Value>>(entry.next()?).ok()?.into_iter();
    let host: Option<String> = from_redis_value(master.next()?).ok()?;
    let port = from_redis_value(master.next()?).ok()?;
    let master_id = from_redis_value(master.next()?).ok()?;
    // A missing or empty host stands for that of the queried node. `?` means that a node has no host name, although it
    // is configured to announce one.
    let host = host
        .filter(|host| !host.is_empty())
        .unwrap_or_else(|| asked.host.clone());
    (host != "?").then_some(Range {
        first,
        last,
        master: Node { host, port },
        master_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn entry(host: Value) -> Vec<Value> {
        let master = Value::Array(vec![host, Value::Int(7), text("a"), Value::Array(Vec::new())]);
        vec![Value::Int(0), Value::Int(5), master.clone(), master]
    }

    #[test]
    fn a_nodes_view_is_parsed() {
        let asked = Node {
            host: "asked".to_owned(),
            port: 1,
        };
        let information =
            "cluster_enabled:1\r\ncluster_state:ok\r\ncluster_current_epoch:12\r\ncluster_my_epoch:3\r\n";
        let slots = vec![
            entry(text("h")),
            entry(Value::Nil),
            entry(text("")),
            entry(text("?")),
            Vec::new(),
        ];
        let view = view(&asked, ("a".to_owned(), information.to_owned(), slots));
        let range = |host: &str| Range {
            first: 0,
            last: 5,
            master: Node {
                host: host.to_owned(),
                port: 7,
            },
            master_id: "a".to_owned(),
        };
        let expected = View {
            id: "a".to_owned(),
            is_up: true,
            current_epoch: 12,
            own_epoch: 3,
            ranges: vec![range("h"), range("asked"), range("asked")],
        };
        assert_eq!(view, expected);
    }
}
