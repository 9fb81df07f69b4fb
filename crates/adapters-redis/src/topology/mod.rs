//! The masters of a Redis installation, which may change at any time.

mod cluster;
mod inquiry;
mod layout;
mod sentinels;
mod slots;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use application::{Error, Result};
use deadpool_redis::redis::{ErrorKind, RedisError, RedisResult};
use tokio::{
    sync::{Notify, watch},
    time::{sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

pub(crate) use layout::Layout;
#[cfg(test)]
pub(crate) use slots::SLOTS;
pub(crate) use slots::{slot_of, slot_of_command};

use self::{cluster::Cluster, inquiry::Inquiry, sentinels::Sentinels};
use crate::{
    access::Access,
    url::{self, RedisUrl},
};

/// Interval between two inquiries while nothing indicates a change. Changes that make no command fail, such as the move
/// of a sharded channel, are detected after at most this time.
const EVERY: Duration = Duration::from_secs(1);
/// Minimum pause between two inquiries. After failed ones, it doubles up to [`MAX_PAUSE`].
const PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_millis(500);

/// The masters of an installation. For sentinels and clusters, a task determines them at regular intervals, and soon
/// after [`Topology::doubt`]. The task starts when the masters are needed for the first time.
pub(crate) struct Topology {
    source: Arc<Source>,
    known: watch::Sender<Known>,
    doubt: Arc<Notify>,
    follower: OnceLock<AbortOnDropHandle<()>>,
}

enum Source {
    Fixed,
    Sentinels(Sentinels),
    Cluster(Cluster),
}

/// Result of the inquiries so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// No inquiry is complete yet.
    Nothing,
    /// No inquiry has succeeded yet. Contains the reason.
    Failure(String),
    /// The last known layout.
    Layout(Arc<Layout>),
}

/// Cause of an error: no server has reported the masters.
#[derive(Debug, thiserror::Error)]
#[error("the masters could not be determined: {0}")]
struct UnknownMasters(String);

impl Topology {
    pub(crate) fn of(url: &RedisUrl) -> Self {
        let servers = Access::new(url.login.as_ref(), url.database, url.tls);
        let (source, known) = match &url.topology {
            url::Topology::Single(node) => {
                let layout = Layout::single(node.clone());
                (Source::Fixed, Known::Layout(Arc::new(layout)))
            }
            url::Topology::Cluster(nodes) => {
                let cluster = Cluster::new(nodes.clone(), Inquiry::new(servers));
                (Source::Cluster(cluster), Known::Nothing)
            }
            url::Topology::Sentinel {
                sentinels,
                service,
                login,
            } => {
                let inquiry = Inquiry::new(Access::new(login.as_ref(), 0, url.tls));
                let sentinels = Sentinels::new(sentinels.clone(), service.clone(), inquiry);
                (Source::Sentinels(sentinels), Known::Nothing)
            }
        };
        Self {
            source: Arc::new(source),
            known: watch::Sender::new(known),
            doubt: Arc::default(),
            follower: OnceLock::new(),
        }
    }

    /// Returns the layout. Waits for the first inquiry.
    ///
    /// # Errors
    /// Returns [`Error::Unavailable`] if no inquiry has succeeded yet.
    pub(crate) async fn layout(&self) -> Result<Arc<Layout>> {
        let mut known = self.follow();
        let known = known.wait_for(|known| *known != Known::Nothing).await;
        match &*known.expect("the sender is a field") {
            Known::Layout(layout) => Ok(Arc::clone(layout)),
            Known::Failure(reason) => Err(Error::unavailable("redis", UnknownMasters(reason.clone()))),
            Known::Nothing => unreachable!("`wait_for` excludes this state"),
        }
    }

    /// Returns a receiver of the result of the inquiries, which is notified of every change.
    pub(crate) fn follow(&self) -> watch::Receiver<Known> {
        if !matches!(*self.source, Source::Fixed) {
            self.follower.get_or_init(|| {
                let (source, known, doubt) = (
                    Arc::clone(&self.source),
                    self.known.clone(),
                    Arc::clone(&self.doubt),
                );
                AbortOnDropHandle::new(tokio::spawn(follow(source, known, doubt)))
            });
        }
        self.known.subscribe()
    }

    /// Requests an inquiry soon, because a server did not answer as expected.
    pub(crate) fn doubt(&self) {
        self.doubt.notify_one();
    }
}

async fn follow(source: Arc<Source>, known: watch::Sender<Known>, doubt: Arc<Notify>) {
    let (mut pause, mut logged) = (PAUSE, String::new());
    loop {
        let last = match &*known.borrow() {
            Known::Layout(layout) => Some(Arc::clone(layout)),
            Known::Nothing | Known::Failure(_) => None,
        };
        match source.ask(last.as_deref()).await {
            Ok(found) => {
                (pause, logged) = (PAUSE, String::new());
                if last.as_deref() != Some(&found) {
                    let has_same_masters = last.is_some_and(|last| last.masters() == found.masters());
                    if !has_same_masters {
                        let masters: Vec<_> = found.masters().iter().map(ToString::to_string).collect();
                        tracing::info!(?masters, "the masters of Redis have been determined");
                    }
                    known.send_replace(Known::Layout(Arc::new(found)));
                }
                sleep(PAUSE).await;
                // Both the timeout and a call to `doubt` cause the next inquiry.
                let _ = timeout(EVERY - PAUSE, doubt.notified()).await;
            }
            Err(error) => {
                let reason = reason_of(&error);
                if reason != logged {
                    tracing::warn!(reason, "could not determine the masters of Redis; retrying");
                    logged.clone_from(&reason);
                }
                // The last layout is kept: the masters may be available even if no sentinel is.
                if last.is_none() {
                    known.send_replace(Known::Failure(reason));
                }
                sleep(pause).await;
                pause = MAX_PAUSE.min(2 * pause);
            }
        }
    }
}

/// Returns the text of an error. The library's `Display` writes a description and a kind before the detail of errors
/// that do not come from a server (`timeout - Io: …`); for these, only the detail is returned.
fn reason_of(error: &RedisError) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::Client | ErrorKind::Io, Some(detail)) => detail.to_owned(),
        _ => error.to_string(),
    }
}

impl Source {
    async fn ask(&self, last: Option<&Layout>) -> RedisResult<Layout> {
        match self {
            Self::Fixed => unreachable!("a fixed layout has no follower"),
            Self::Sentinels(sentinels) => sentinels.ask().await,
            Self::Cluster(cluster) => cluster.ask(last).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_reason_has_no_words_of_the_library() {
        let late = (
            ErrorKind::Io,
            "timeout",
            "a:1: no answer within 400 ms".to_owned(),
        );
        assert_eq!(reason_of(&RedisError::from(late)), "a:1: no answer within 400 ms");
        let refused = io::Error::other("connection refused");
        assert_eq!(reason_of(&RedisError::from(refused)), "connection refused");
    }
}
