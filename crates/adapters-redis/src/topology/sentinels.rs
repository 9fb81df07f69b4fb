//! The master that sentinels report.

use std::collections::HashMap;

use deadpool_redis::redis::{ErrorKind, Pipeline, RedisError, RedisResult, pipe};

use super::{inquiry::Inquiry, layout::Layout};
use crate::url::Node;

pub(super) struct Sentinels {
    sentinels: Vec<Node>,
    service: String,
    question: Pipeline,
    inquiry: Inquiry,
}

/// Address of the master, and the properties of the service.
type Answer = (Option<(String, u16)>, HashMap<String, String>);

impl Sentinels {
    pub(super) fn new(sentinels: Vec<Node>, service: String, inquiry: Inquiry) -> Self {
        let mut question = pipe();
        // During a failover, this address is that of the new master as soon as it has been promoted. The properties
        // still have the old address until the other replicas follow the new master.
        question
            .cmd("SENTINEL")
            .arg("GET-MASTER-ADDR-BY-NAME")
            .arg(&service);
        question.cmd("SENTINEL").arg("MASTER").arg(&service);
        Self {
            sentinels,
            service,
            question,
            inquiry,
        }
    }

    /// Queries all sentinels. The result of a failover reaches them at different times, so the answer with the greatest
    /// configuration epoch is used.
    pub(super) async fn ask(&self) -> RedisResult<Layout> {
        let answers = self
            .inquiry
            .ask::<Answer>(&self.sentinels, &self.question)
            .await?;
        let epoch = |properties: &HashMap<String, String>| -> u64 {
            let text = properties.get("config-epoch");
            text.and_then(|text| text.parse().ok()).unwrap_or_default()
        };
        let named = answers
            .into_iter()
            .filter_map(|(_, (address, properties))| Some((address?, epoch(&properties))));
        match named.max_by_key(|(_, epoch)| *epoch) {
            Some(((host, port), _)) => Ok(Layout::single(Node { host, port })),
            None => Err(RedisError::from((
                ErrorKind::Client,
                "unknown service",
                format!("no sentinel monitors a master named {}", self.service),
            ))),
        }
    }
}
