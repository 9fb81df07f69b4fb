//! The doubles of these tests, against the contracts of their ports: a double that promises less than its port hides faults.

use crate::identity::office::{FakeHasher, FakeTokens, TokioClock};

async fn hasher() -> FakeHasher {
    FakeHasher::default()
}

async fn tokens() -> FakeTokens {
    FakeTokens::default()
}

async fn clock() -> TokioClock {
    TokioClock::start()
}

port_contracts::password_hasher_contract!(hasher);
port_contracts::token_service_contract!(tokens);
port_contracts::clock_contract!(clock);
