use std::{collections::BTreeSet, fmt};

use mcap::Channel;
use ros2_messages::MessageType;

/// A stream of messages of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Name, such as `/odom`.
    pub name: String,
    /// Type of its messages, such as `nav_msgs/msg/Odometry`; empty if the file has no schema for it.
    pub message_type: String,
    /// Encoding of its messages: `cdr` in ROS 2 recordings.
    pub encoding: String,
    pub messages: u64,
    /// Ids of the file's channels that carry the topic: one for each publisher.
    pub(super) channels: BTreeSet<u16>,
}

/// A topic whose messages contain positions.
#[derive(Debug, Clone)]
pub struct Playable {
    pub topic: Topic,
    pub kind: PositionType,
}

/// A message type that contains a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PositionType {
    Odometry,
    PoseStamped,
    PoseWithCovarianceStamped,
}

impl Topic {
    /// Groups channels, each with its number of messages, by name, type and encoding, in the order of channel ids.
    pub(super) fn group<'a>(channels: impl IntoIterator<Item = (&'a Channel<'a>, u64)>) -> Vec<Self> {
        let mut channels: Vec<_> = channels.into_iter().collect();
        channels.sort_by_key(|(channel, _)| channel.id);
        let mut topics: Vec<Self> = Vec::new();
        for (channel, messages) in channels {
            let message_type = channel.schema.as_ref().map_or("", |schema| &schema.name);
            let known = topics.iter_mut().find(|topic| {
                topic.name == channel.topic
                    && topic.message_type == message_type
                    && topic.encoding == channel.message_encoding
            });
            if let Some(topic) = known {
                topic.messages += messages;
                topic.channels.insert(channel.id);
                continue;
            }
            topics.push(Self {
                name: channel.topic.clone(),
                message_type: message_type.to_owned(),
                encoding: channel.message_encoding.clone(),
                messages,
                channels: BTreeSet::from([channel.id]),
            });
        }
        topics
    }

    /// Returns the topic with the type of its positions, or a reason why it can't be played.
    pub(super) fn playable(&self) -> Result<Playable, String> {
        if self.encoding != "cdr" {
            return Err(format!(
                "its messages are encoded as {:?}, not as \"cdr\"",
                self.encoding
            ));
        }
        let kind = match self.message_type.parse() {
            Ok(MessageType::Odometry) => PositionType::Odometry,
            Ok(MessageType::PoseStamped) => PositionType::PoseStamped,
            Ok(MessageType::PoseWithCovarianceStamped) => PositionType::PoseWithCovarianceStamped,
            _ if self.message_type.is_empty() => {
                return Err(
                    "the type of its messages is unknown, because the file has no schema for it".to_owned(),
                );
            }
            _ => {
                return Err(format!("its messages ({}) are not positions", self.message_type));
            }
        };
        Ok(Playable {
            topic: self.clone(),
            kind,
        })
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            message_type,
            encoding,
            messages,
            ..
        } = self;
        let message_type = if message_type.is_empty() {
            "unknown type"
        } else {
            message_type
        };
        write!(f, "{name} ({message_type} × {messages}")?;
        if encoding != "cdr" {
            write!(f, ", encoded as {encoding:?}")?;
        }
        f.write_str(")")
    }
}
