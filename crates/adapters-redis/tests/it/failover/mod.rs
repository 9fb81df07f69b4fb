//! Failovers and moves of slots under load.

mod cluster;
mod load;
mod sentinel;

use std::time::Duration;

/// Maximum time from the end of a failover until everything works.
const SOON: Duration = Duration::from_secs(2);
/// Maximum duration of a failover itself.
const FAILOVER: Duration = Duration::from_secs(15);

/// Waits until a condition holds, and returns the value that it yields.
async fn until<T>(limit: Duration, mut condition: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(limit, wait).await.expect("in time")
}

/// Prints a figure to the output of the test.
#[expect(clippy::print_stdout, reason = "the output of a test")]
fn show(figure: std::fmt::Arguments<'_>) {
    println!("{figure}");
}
