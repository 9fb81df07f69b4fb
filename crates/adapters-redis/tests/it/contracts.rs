//! Contracts of the ports, each check with its own Redis server: with tagged keys and with plain ones.

use std::sync::Arc;

use adapters_redis::KeyStyle;
use test_stores::redis::RedisServer;

use crate::{on_redis::OnRedis, redis_with};

async fn with_keys(style: KeyStyle) -> OnRedis {
    let server = Arc::new(RedisServer::start());
    OnRedis::new(&redis_with(&server.url(), style), &server)
}

mod tagged {
    use super::{KeyStyle, OnRedis, with_keys};

    async fn fresh() -> OnRedis {
        with_keys(KeyStyle::Tagged).await
    }

    port_contracts::position_store_contract!(fresh);
    port_contracts::state_store_contract!(fresh);
    port_contracts::live_keys_contract!(fresh);
    port_contracts::dead_letters_contract!(fresh);
    port_contracts::telemetry_bus_contract!(fresh);
}

mod plain {
    use super::{KeyStyle, OnRedis, with_keys};

    async fn fresh() -> OnRedis {
        with_keys(KeyStyle::Plain).await
    }

    port_contracts::position_store_contract!(fresh);
    port_contracts::state_store_contract!(fresh);
    port_contracts::live_keys_contract!(fresh);
}
