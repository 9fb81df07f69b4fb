//! The publishing side of each protocol: the address and the commands of vehicles that publish.

use std::{io::Write as _, net::SocketAddr};

use uuid::Uuid;

use super::{mqtt, nats};

const REDIS_CHANNEL: &str = "vehicle:position:update";

/// Address to which vehicles publish, and the way in which they do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feed {
    pub address: SocketAddr,
    pub publication: Publication,
}

impl Feed {
    /// Returns the feed of a system that subscribes to the Redis server at an address.
    #[must_use]
    pub(crate) const fn redis(address: SocketAddr) -> Self {
        Self {
            address,
            publication: Publication::Redis,
        }
    }
}

/// Way of publishing over a TCP connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Publication {
    /// `PUBLISH` commands of Redis, on one channel.
    Redis,
    /// HTTP requests, on one path per vehicle.
    Http,
    /// MQTT 3.1.1 with QoS 0, on one topic per vehicle.
    Mqtt,
    /// The client protocol of NATS, on one subject per vehicle.
    Nats,
}

impl Publication {
    /// Returns the bytes to send before the first message.
    #[must_use]
    pub(crate) fn opening(self) -> Vec<u8> {
        match self {
            Self::Redis | Self::Http => Vec::new(),
            Self::Mqtt => mqtt::connect(),
            Self::Nats => nats::connect(),
        }
    }

    /// Appends the command that publishes a message from a vehicle.
    pub(crate) fn put(self, commands: &mut Vec<u8>, vehicle: Uuid, message: &str) {
        match self {
            Self::Redis => put_redis(commands, message),
            Self::Http => put_http(commands, vehicle, message),
            Self::Mqtt => mqtt::put_publish(commands, vehicle, message),
            Self::Nats => nats::put_publish(commands, vehicle, message),
        }
    }
}

fn put_redis(commands: &mut Vec<u8>, message: &str) {
    let (channel_bytes, bytes) = (REDIS_CHANNEL.len(), message.len());
    write!(
        commands,
        "*3\r\n$7\r\nPUBLISH\r\n${channel_bytes}\r\n{REDIS_CHANNEL}\r\n${bytes}\r\n{message}\r\n"
    )
    .expect("a vector takes all bytes");
}

fn put_http(commands: &mut Vec<u8>, vehicle: Uuid, message: &str) {
    let bytes = message.len();
    write!(
        commands,
        "POST /publish/{vehicle} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {bytes}\r\n\r\n{message}"
    )
    .expect("a vector takes all bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(publication: Publication) -> String {
        let mut commands = Vec::new();
        publication.put(&mut commands, Uuid::from_u128(7), "{}");
        String::from_utf8(commands).expect("text")
    }

    #[test]
    fn commands_state_their_lengths() {
        assert_eq!(
            command(Publication::Redis),
            "*3\r\n$7\r\nPUBLISH\r\n$23\r\nvehicle:position:update\r\n$2\r\n{}\r\n"
        );
        assert_eq!(
            command(Publication::Http),
            "POST /publish/00000000-0000-0000-0000-000000000007 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}"
        );
    }
}
