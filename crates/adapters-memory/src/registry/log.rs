use std::time::Duration;

use application::{
    Result,
    ports::{EVENTS_AT_ONCE, EventLog, NextEvents},
    registry::Sequence,
};
use async_trait::async_trait;

use super::{MemoryRegistry, state::now};

#[async_trait]
impl EventLog for MemoryRegistry {
    async fn position(&self) -> Result<Sequence> {
        Ok(self.state.read().newest)
    }

    async fn read_after(&self, after: Sequence) -> Result<NextEvents> {
        let state = self.state.read();
        let oldest = state.log.front().map(|event| event.sequence);
        let follows = after < state.newest && oldest.is_some_and(|oldest| oldest <= after.next());
        if after != state.newest && !follows {
            return Ok(NextEvents::Lost);
        }
        let later = state.log.iter().filter(|event| event.sequence > after);
        Ok(NextEvents::Events(later.take(EVENTS_AT_ONCE).cloned().collect()))
    }

    async fn forget_older_than(&self, age: Duration) -> Result<()> {
        let mut state = self.state.write();
        let oldest = now() - age;
        while state.log.len() > 1 && state.log.front().is_some_and(|event| event.at < oldest) {
            state.log.pop_front();
        }
        Ok(())
    }
}
