//! The clock of this machine, against the contract of its port.

use adapters_memory::clock::SystemClock;

async fn started() -> SystemClock {
    SystemClock::start()
}

port_contracts::clock_contract!(started);
