//! Limits on the reads of the registry's log that announcements by other servers cause.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use adapters_memory::registry::MemoryRegistry;
use application::{
    Result,
    ports::{EventBus, EventLog, NextEvents},
    registry::Sequence,
};
use async_trait::async_trait;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::{
    sync::broadcast,
    time::{Instant, sleep},
};

use crate::stage::{Stage, until};

/// An event log that counts its reads.
struct CountedLog {
    inner: Arc<MemoryRegistry>,
    reads: AtomicUsize,
}

impl CountedLog {
    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl EventLog for CountedLog {
    async fn position(&self) -> Result<Sequence> {
        self.inner.position().await
    }

    async fn read_after(&self, after: Sequence) -> Result<NextEvents> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.read_after(after).await
    }

    async fn forget_older_than(&self, age: Duration) -> Result<()> {
        self.inner.forget_older_than(age).await
    }
}

/// A bus on which tests announce any number.
#[derive(Clone)]
struct OpenBus(broadcast::Sender<Option<Sequence>>);

#[async_trait]
impl EventBus for OpenBus {
    async fn announce(&self, _: Sequence) -> Result<()> {
        Ok(())
    }

    fn listen(&self) -> BoxStream<'static, Option<Sequence>> {
        stream::unfold(self.0.subscribe(), |mut receiver| async move {
            Some((receiver.recv().await.unwrap_or(None), receiver))
        })
        .boxed()
    }
}

struct Rig {
    log: Arc<CountedLog>,
    bus: OpenBus,
    _working: tokio_util::sync::DropGuard,
}

impl Rig {
    async fn new() -> Self {
        let stage = Stage::new();
        let log = Arc::new(CountedLog {
            inner: stage.repository.clone(),
            reads: AtomicUsize::new(0),
        });
        let bus = OpenBus(broadcast::Sender::new(50_000));
        let working = stage
            .work_with(stage.store.clone(), log.clone(), Arc::new(bus.clone()))
            .await;
        Self {
            log,
            bus,
            _working: working,
        }
    }

    fn announce(&self, announced: Option<Sequence>) {
        self.bus.0.send(announced).expect("the server listens");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_announcements_causes_a_bounded_number_of_reads() {
    let rig = Rig::new().await;
    let (before, began) = (rig.log.reads(), Instant::now());
    for step in 0..100 {
        for number in 0..400 {
            // Alternates between numbers of events that do not exist and announcements without a number.
            let forged = Sequence::new(1_000_000 + step * 400 + number);
            rig.announce((number % 2 == 0).then_some(forged));
        }
        sleep(Duration::from_millis(20)).await;
    }
    let reads = rig.log.reads() - before;
    // Per second, there are 20 reads for announcements and 2 regular ones. The rest is a margin.
    let at_most = 24 * began.elapsed().as_secs() as usize;
    assert!(reads <= at_most, "{reads} reads for 40,000 announcements");
}

#[tokio::test(start_paused = true)]
async fn the_first_announcement_after_a_pause_is_followed_at_once() {
    let rig = Rig::new().await;
    for _ in 0..3 {
        // Starts soon after a regular read, so the next regular one is far away.
        let by_itself = rig.log.reads();
        until(|| async { rig.log.reads() > by_itself }).await;
        sleep(Duration::from_millis(100)).await;
        let (before, began) = (rig.log.reads(), Instant::now());
        rig.announce(Some(Sequence::new(1_000_000)));
        until(|| async { rig.log.reads() > before }).await;
        assert!(
            began.elapsed() < Duration::from_millis(50),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_announcement_of_known_events_is_ignored() {
    let rig = Rig::new().await;
    let before = rig.log.reads();
    for _ in 0..100 {
        rig.announce(Some(Sequence::START));
        sleep(Duration::from_millis(10)).await;
    }
    let reads = rig.log.reads() - before;
    assert!(
        reads <= 3,
        "{reads} reads: the server looks twice a second by itself"
    );
}
