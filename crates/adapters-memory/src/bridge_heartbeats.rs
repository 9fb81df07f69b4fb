//! Heartbeats of bridges in memory.

use std::{collections::BTreeMap, time::Duration};

use application::{
    Result,
    ports::{BridgeHeartbeats, MAX_BRIDGES, MAX_HEARTBEAT_BYTES, StoredHeartbeat, StoredHeartbeats},
};
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::time::Instant;

/// Heartbeats in the memory of this process. No bridge can reach them, so there are none except in tests.
#[derive(Debug, Default)]
pub struct MemoryBridgeHeartbeats {
    by_name: Mutex<BTreeMap<Vec<u8>, Kept>>,
}

#[derive(Debug)]
struct Kept {
    content: Vec<u8>,
    expires_at: Option<Instant>,
}

impl MemoryBridgeHeartbeats {
    /// Stores a heartbeat, as a bridge does.
    pub fn store(&self, name: &[u8], content: &[u8], expires_in: Option<Duration>) {
        let kept = Kept {
            content: content.to_vec(),
            expires_at: expires_in.map(|rest| Instant::now() + rest),
        };
        self.by_name.lock().insert(name.to_vec(), kept);
    }
}

#[async_trait]
impl BridgeHeartbeats for MemoryBridgeHeartbeats {
    async fn read(&self) -> Result<StoredHeartbeats> {
        let mut by_name = self.by_name.lock();
        let now = Instant::now();
        by_name.retain(|_, kept| kept.expires_at.is_none_or(|at| now < at));
        let heartbeats = by_name.iter().take(MAX_BRIDGES).map(|(name, kept)| {
            let length = kept.content.len().min(MAX_HEARTBEAT_BYTES + 1);
            StoredHeartbeat {
                name: name.clone(),
                content: Some(kept.content[..length].to_vec()),
                expires_in: kept.expires_at.map(|at| at - now),
            }
        });
        Ok(StoredHeartbeats {
            heartbeats: heartbeats.collect(),
            is_cut: by_name.len() > MAX_BRIDGES,
        })
    }
}
