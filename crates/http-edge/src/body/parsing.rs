//! Where bodies are parsed.

use std::{sync::Arc, thread, time::Duration};

use actix_web::web;
use tokio::{sync::Semaphore, time::timeout};

use super::{Body, BodyFault};

/// Up to so many bytes are parsed where they were read. Parsing them takes less than a millisecond (JSON of 32 KiB with
/// one-letter keys: 0.5 ms), about what it costs to hand them to another thread and to wait for it on a busy machine.
const AT_ONCE_BYTES: usize = 32 * 1024;

/// How long a body may wait for others to be parsed.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Parses large bodies apart from the threads that serve requests, as many at a time as there are processors: more would
/// only take the time of those that serve. Clones share the places.
#[derive(Debug, Clone)]
pub(crate) struct Parsers(Arc<Semaphore>);

impl Parsers {
    pub(crate) fn new() -> Self {
        let at_a_time = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(at_a_time)))
    }

    /// Parses a body; it is dropped afterwards.
    ///
    /// # Errors
    /// [`BodyFault::ServerIsFull`], when too many others are to be parsed before it.
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
            // It is given back when the work is done, not when the client is gone.
            let _place = place;
            parse(&body)
        };
        web::block(work).await.map_err(|_| BodyFault::ServerIsFull)
    }
}
