//! Dead letters in memory, against the contract of their port.

use std::sync::Arc;

use adapters_memory::{
    clock::SystemClock, dead_letters::MemoryDeadLetters, telemetry_bus::MemoryTelemetryBus,
};
use application::{
    ports::{DeadLetters, TelemetryBus},
    telemetry::DeadLetter,
};
use async_trait::async_trait;
use port_contracts::dead_letters::{Kept, KeptLetter};

struct InMemory {
    letters: MemoryDeadLetters,
    bus: Arc<MemoryTelemetryBus>,
}

#[async_trait]
impl Kept for InMemory {
    fn letters(&self) -> &dyn DeadLetters {
        &self.letters
    }

    fn bus(&self) -> &dyn TelemetryBus {
        &*self.bus
    }

    async fn kept(&self) -> Vec<KeptLetter> {
        self.letters.kept().into_iter().map(as_expected).collect()
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
    let bus = Arc::new(MemoryTelemetryBus::new(Arc::new(SystemClock::start())));
    InMemory {
        letters: MemoryDeadLetters::new(bus.clone()),
        bus,
    }
}

port_contracts::dead_letters_contract!(fresh);
