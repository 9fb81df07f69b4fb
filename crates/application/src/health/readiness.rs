//! Readiness of the server for requests.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::live::Live;

/// Reason why a server is not ready for requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReady {
    /// The registry has not been read yet.
    Starting,
    /// It is not known yet whether the robots' channels can be subscribed to.
    NotSubscribed,
    /// The first administrator has not been created yet, see [`Readiness::hold`].
    Held,
    /// The server is shutting down.
    ShuttingDown,
}

/// Readiness of the server, for load balancers. Clones share one state.
#[derive(Debug, Clone)]
pub struct Readiness {
    live: Arc<Live>,
    /// Number of [`Hold`]s.
    holds: Arc<AtomicUsize>,
    is_shutting_down: Arc<AtomicBool>,
}

/// Prevents the server from being ready until this value is dropped.
#[derive(Debug)]
pub struct Hold(Arc<AtomicUsize>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Readiness {
    /// Creates the readiness of a server that is starting. The server is not ready until it has read the registry and
    /// is subscribed to the robots' channels, so that every later message arrives. A bus that was found to be
    /// unreachable does not prevent readiness.
    #[must_use]
    pub fn new(live: Arc<Live>) -> Self {
        Self {
            live,
            holds: Arc::default(),
            is_shutting_down: Arc::default(),
        }
    }

    /// Prevents the server from being ready until the returned value is dropped. Used while the first administrator is
    /// being created.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.holds.fetch_add(1, Ordering::AcqRel);
        Hold(Arc::clone(&self.holds))
    }

    /// Makes the server permanently not ready.
    pub fn shut_down(&self) {
        self.is_shutting_down.store(true, Ordering::Release);
    }

    /// Checks that the server is ready.
    ///
    /// # Errors
    /// Returns the reason why the server is not ready.
    pub fn check(&self) -> Result<(), NotReady> {
        if self.is_shutting_down.load(Ordering::Acquire) {
            Err(NotReady::ShuttingDown)
        } else if !self.live.registry_status().is_loaded() {
            Err(NotReady::Starting)
        } else if !self.live.read(|core, _| core.is_feed_known()) {
            Err(NotReady::NotSubscribed)
        } else if self.holds.load(Ordering::Acquire) > 0 {
            Err(NotReady::Held)
        } else {
            Ok(())
        }
    }
}
