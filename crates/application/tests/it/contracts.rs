//! Contract suites for the fakes in these tests: a fake that violates the contract of its port would hide bugs.

use crate::identity::fakes::{FakeHasher, FakeTokens, TokioClock};

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
