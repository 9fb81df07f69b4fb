//! Announcements in memory, against the contract of their port. A single server plays the role of both servers in the
//! contract.

use adapters_memory::event_bus::MemoryEventBus;
use application::ports::EventBus;
use port_contracts::event_bus::Servers;

struct Alone(MemoryEventBus);

impl Alone {
    async fn start() -> Self {
        Self(MemoryEventBus::default())
    }
}

impl Servers for Alone {
    fn one(&self) -> &dyn EventBus {
        &self.0
    }

    fn other(&self) -> &dyn EventBus {
        &self.0
    }
}

port_contracts::event_bus_contract!(Alone::start);
