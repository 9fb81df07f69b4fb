//! The parts of the server's work, and the stacks that belong to them.

use std::collections::HashMap;

use super::stack::{Frame, Stack};

/// A part, and the beginnings of the names of its functions.
struct Part {
    name: &'static str,
    functions: &'static [&'static str],
}

/// Parts. A stack is attributed to the part to which its innermost function belongs; functions that belong to no part
/// are skipped. The order of the parts therefore has no effect.
const PARTS: [Part; 10] = [
    Part {
        name: "kernel: writing to sockets",
        functions: &[
            "__sys_sendto",
            "__sys_sendmsg",
            "__x64_sys_sendto",
            "__x64_sys_sendmsg",
            "do_writev",
            "tcp_sendmsg",
        ],
    },
    Part {
        name: "kernel: reading from sockets",
        functions: &["__sys_recvfrom", "__x64_sys_recvfrom", "tcp_recvmsg"],
    },
    Part {
        name: "kernel: waiting and wake-ups",
        functions: &[
            "do_epoll_wait",
            "__x64_sys_epoll_",
            "do_futex",
            "__x64_sys_futex",
            "eventfd_write",
            "schedule",
        ],
    },
    Part {
        name: "receiving from Redis (fred)",
        functions: &["fred::", "redis_protocol::"],
    },
    Part {
        name: "queueing and decoding messages",
        functions: &[
            "adapters_redis::bus",
            "adapters_redis::wire",
            "ros2_messages::",
            "serde_json::",
            "strict_json::",
        ],
    },
    Part {
        name: "checking, storing, serving rooms",
        functions: &["live::", "application::live"],
    },
    Part {
        name: "taking deliveries, encoding, framing",
        functions: &["api_ws::"],
    },
    Part {
        name: "socket connections",
        functions: &["http_edge::", "actix_http::", "actix_server::", "actix_ws::"],
    },
    Part {
        name: "writing live keys",
        functions: &[
            "adapters_redis::live",
            "application::synchronization",
            "deadpool",
            "redis::",
        ],
    },
    Part {
        name: "metrics and traces",
        functions: &["observability::", "metrics", "tracing", "opentelemetry"],
    },
];
/// Name of the part of stacks without a function of another part.
const REST: &str = "the runtime and everything else";

/// Returns the parts and their shares of the samples, the largest first.
pub(super) fn shares(stacks: &[Stack]) -> Vec<(&'static str, f64)> {
    let mut counts: HashMap<&'static str, u32> = HashMap::new();
    for stack in stacks {
        *counts.entry(part_of(stack)).or_default() += 1;
    }
    let total = stacks.len() as f64;
    let mut shares: Vec<_> = counts
        .into_iter()
        .map(|(part, count)| (part, f64::from(count) / total))
        .collect();
    shares.sort_by(|(one, of_one), (other, of_other)| of_other.total_cmp(of_one).then(one.cmp(other)));
    shares
}

fn part_of(stack: &Stack) -> &'static str {
    let named = |frame: &Frame| {
        let part = PARTS
            .iter()
            .find(|part| part.functions.iter().any(|start| frame.name.starts_with(start)))?;
        Some(part.name)
    };
    stack.frames.iter().rev().find_map(named).unwrap_or(REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(frames: &[(&str, bool)]) -> Stack {
        let frame = |(name, is_kernel): &(&str, bool)| Frame {
            name: (*name).to_owned(),
            is_kernel: *is_kernel,
        };
        Stack {
            thread: "live".to_owned(),
            frames: frames.iter().map(frame).collect(),
        }
    }

    #[test]
    fn the_innermost_function_of_a_part_decides() {
        let decoding = stack(&[
            ("application::live::workers::run", false),
            ("adapters_redis::bus::feed::Feed::next", false),
            ("__memmove", false),
        ]);
        let write = stack(&[("api_ws::socket::write", false), ("tcp_sendmsg", true)]);
        let idle = stack(&[("std::…", false)]);
        let shares = shares(&[decoding.clone(), decoding, write, idle]);
        assert_eq!(
            shares,
            [
                ("queueing and decoding messages", 0.5),
                ("kernel: writing to sockets", 0.25),
                (REST, 0.25),
            ]
        );
    }
}
