//! Contract suites of the ports, which every implementation runs.
//!
//! A module that is named after a port contains the suite of that port, and a macro that generates a test for each
//! check: `port_contracts::vehicle_repository_contract!(MyRegistry::fresh);`. The suites of the registry's ports access
//! it through a [`registry::Registry`], those of live data through [`live_stores::LiveStores`].

// The names of the checks describe them.
#![allow(missing_docs)]

pub mod audit_log;
pub mod bridge_heartbeats;
pub mod clock;
pub mod dead_letters;
pub mod dependency;
pub mod event_bus;
pub mod event_log;
pub mod grant_repository;
pub mod group_repository;
pub mod leases;
pub mod live_keys;
pub mod live_stores;
pub mod log_control;
pub mod mismatch_log;
pub mod organization_repository;
mod pages;
pub mod password_hasher;
pub mod path_tracer;
mod people;
pub mod position_store;
pub mod rate_limiter;
pub mod registry;
pub mod session_repository;
pub mod state_store;
pub mod telemetry_bus;
pub mod token_service;
pub mod user_repository;
pub mod vehicle_repository;

/// Generates a test for each check of a contract. An async function without arguments returns the subject. With
/// `all_on`, runs all checks on one subject instead, for subjects that take a long time to create.
#[doc(hidden)]
#[macro_export]
macro_rules! contract {
    ($port:ident, all_on $subject:expr => $($check:ident)+) => {
        $( $crate::$port::$check($subject).await; )+
    };
    ($port:ident, $subject:expr => $($check:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $check() {
                $crate::$port::$check(&$subject().await).await;
            }
        )+
    };
}
