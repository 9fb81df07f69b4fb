//! One contract suite per port: what every adapter of that port does, in memory and for real.

pub mod audit_log;
pub mod dead_letters;
pub mod event_bus;
pub mod event_log;
pub mod grant_repository;
pub mod group_repository;
pub mod live_keys;
pub mod organization_repository;
mod pages;
mod people;
pub mod position_store;
pub mod rate_limiter;
pub mod registry;
pub mod session_repository;
pub mod state_store;
pub mod telemetry_bus;
pub mod user_repository;
pub mod vehicle_repository;

/// Makes a test of each function of a contract; the subject is what an async function without arguments gives.
#[doc(hidden)]
#[macro_export]
macro_rules! contract {
    ($port:ident, $subject:expr => $($check:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $check() {
                $crate::contracts::$port::$check(&$subject().await).await;
            }
        )+
    };
}
