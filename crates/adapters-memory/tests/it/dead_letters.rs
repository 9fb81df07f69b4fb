//! Dead letters in memory, against the contract of their port.

use adapters_memory::dead_letters::MemoryDeadLetters;
use application::{ports::DeadLetters, telemetry::DeadLetter};
use async_trait::async_trait;
use port_contracts::dead_letters::{Kept, KeptLetter};

struct InMemory(MemoryDeadLetters);

#[async_trait]
impl Kept for InMemory {
    fn letters(&self) -> &dyn DeadLetters {
        &self.0
    }

    async fn kept(&self) -> Vec<KeptLetter> {
        self.0.kept().into_iter().map(as_expected).collect()
    }
}

fn as_expected(letter: DeadLetter) -> KeptLetter {
    KeptLetter {
        channel: letter.channel.as_str().to_owned(),
        payload: letter.payload.to_vec(),
        bytes: letter.bytes,
        reason: letter.rejection.reason.as_str().to_owned(),
        received_at: letter.received_at.as_unix_ms(),
    }
}

async fn fresh() -> InMemory {
    InMemory(MemoryDeadLetters::default())
}

port_contracts::dead_letters_contract!(fresh);
