//! Parsing of bodies, on a thread that suits their size.

use std::{sync::Arc, thread, time::Duration};

use actix_web::web;
use tokio::{sync::Semaphore, time::timeout};

use super::{Body, BodyFault};

/// Maximum size, in bytes, of a body that is parsed on the thread that read it. Parsing it takes less than a
/// millisecond (JSON of 32 KiB with one-letter keys: 0.5 ms), about as long as handing it to another thread on a busy
/// machine.
const AT_ONCE_BYTES: usize = 32 * 1024;

/// Maximum time for which a body waits for others to be parsed.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Parses large bodies on blocking threads, at most one per processor at a time. More would only compete with the
/// threads that serve requests. Clones share the limit.
#[derive(Debug, Clone)]
pub(crate) struct Parsers(Arc<Semaphore>);

impl Parsers {
    pub(crate) fn new() -> Self {
        let at_a_time = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(at_a_time)))
    }

    /// Parses a body, then drops it.
    ///
    /// # Errors
    /// Returns [`BodyFault::ServerIsFull`] if no permit was available in time, or if `parse` panicked on a blocking
    /// thread.
    pub(crate) async fn parse<T: Send + 'static>(
        &self,
        body: Body,
        parse: impl FnOnce(&[u8]) -> T + Send + 'static,
    ) -> Result<T, BodyFault> {
        if body.len() <= AT_ONCE_BYTES {
            return Ok(parse(&body));
        }
        let place = timeout(MAX_WAIT, Arc::clone(&self.0).acquire_owned()).await;
        let place = place.ok().and_then(Result::ok).ok_or(BodyFault::ServerIsFull)?;
        let work = move || {
            // The permit is held until the work is done, even if the client disconnects: the thread cannot be
            // interrupted.
            let _place = place;
            parse(&body)
        };
        web::block(work).await.map_err(|_| BodyFault::ServerIsFull)
    }
}
