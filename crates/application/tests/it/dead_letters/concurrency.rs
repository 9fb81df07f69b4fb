//! Callers that replay and drop the same letters at the same time, in several processes.

use std::{sync::Arc, time::Duration};

use adapters_memory::dead_letters::MemoryDeadLetters;
use application::{
    Actor, Error, Result,
    dead_letters::{DeadLetterAdministration, DeadLetterBatch, ReplayOutcome},
    ports::{
        DeadLetterId, DeadLetterPortion, DeadLetters, LeaseHolder, LetterOrder, LetterReplay, Ports,
        StoredDeadLetter,
    },
    telemetry::{DeadLetter, Reason},
};
use async_trait::async_trait;
use domain::AuditAction;
use futures::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use super::{Scene, of};
use crate::stage::{an_administrator, settings};

/// A store of dead letters that takes time to answer, so that callers overtake each other.
struct Slow(Arc<MemoryDeadLetters>);

impl Slow {
    async fn letters(&self) -> &MemoryDeadLetters {
        sleep(Duration::from_millis(1)).await;
        &self.0
    }
}

#[async_trait]
impl DeadLetters for Slow {
    async fn append(&self, letters: &[DeadLetter]) -> Result<()> {
        self.letters().await.append(letters).await
    }

    async fn read(&self, order: LetterOrder, behind: Option<DeadLetterId>) -> Result<DeadLetterPortion> {
        self.letters().await.read(order, behind).await
    }

    async fn find(&self, ids: &[DeadLetterId]) -> Result<Vec<StoredDeadLetter>> {
        self.letters().await.find(ids).await
    }

    async fn remove(&self, ids: &[DeadLetterId]) -> Result<Vec<DeadLetterId>> {
        self.letters().await.remove(ids).await
    }

    async fn replay(&self, letters: &[LetterReplay]) -> Result<Vec<DeadLetterId>> {
        self.letters().await.replay(letters).await
    }
}

/// Returns processes that share their stores.
fn processes<const N: usize>(scene: &Scene) -> [DeadLetterAdministration; N] {
    let ports = Ports {
        dead_letters: Arc::new(Slow(scene.letters.clone())),
        ..scene.ports()
    };
    let rules = settings();
    [(); N].map(|()| {
        DeadLetterAdministration::beside_servers(&ports, rules.live, rules.max_messages_per_vehicle)
    })
}

#[tokio::test(start_paused = true)]
async fn of_several_replays_of_a_letter_one_publishes_it() {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    let id = scene.store_position(vehicle, 7.0, 0).await;
    let (actor, processes) = (an_administrator(), processes::<7>(&scene));
    let replays = processes.iter().map(|process| process.replay_one(&actor, id));
    let outcomes = join_all(replays).await;
    let accepted = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Ok(ReplayOutcome::Accepted)));
    assert_eq!(accepted.count(), 1, "{outcomes:?}");
    let missing = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::NotFound { .. })));
    assert_eq!(missing.count(), 6, "{outcomes:?}");
    assert_eq!(scene.bus.published(), [7.0]);
    assert_eq!(scene.audited(AuditAction::ReplayDeadLetters).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn several_replays_of_all_letters_publish_each_once_and_in_order() {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    for number in 0..60 {
        let age_ms = 60 - number;
        scene.store_position(vehicle, number as f64, age_ms).await;
    }
    let (actor, batch) = (Actor::command_line(), DeadLetterBatch::default());
    let processes = processes::<4>(&scene);
    let replays = processes
        .iter()
        .map(|process| process.replay_batch(&actor, &batch));
    let replayed = join_all(replays).await;
    let replayed = replayed.into_iter().map(|replayed| replayed.expect("memory"));
    let total: u64 = replayed
        .map(|replayed| {
            assert!(replayed.rejected.is_empty(), "{replayed:?}");
            replayed.accepted
        })
        .sum();
    assert_eq!(total, 60);
    let expected: Vec<_> = (0..60).map(f64::from).collect();
    assert_eq!(scene.bus.published(), expected);
    let entries = scene.audited(AuditAction::ReplayDeadLetters).await;
    let audited: u64 = entries
        .iter()
        .map(|entry| json!(entry.after)["accepted"].as_u64().expect("a number"))
        .sum();
    assert_eq!(audited, 60);
}

#[tokio::test(start_paused = true)]
async fn a_letter_is_either_replayed_or_dropped() {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    for number in 0..40 {
        scene.store_position(vehicle, number as f64, 40 - number).await;
    }
    let (actor, batch) = (Actor::command_line(), DeadLetterBatch::default());
    let [one, other] = processes(&scene);
    let (replayed, dropped) =
        futures::join!(one.replay_batch(&actor, &batch), other.drop_batch(&actor, &batch));
    let (replayed, dropped) = (replayed.expect("memory"), dropped.expect("memory"));
    assert_eq!(replayed.accepted + dropped.dropped, 40);
    assert_eq!(scene.bus.published().len() as u64, replayed.accepted);
    assert_eq!(scene.listed(&actor, of(None, None)).await, []);
    let replays = scene.audited(AuditAction::ReplayDeadLetters).await.len();
    let drops = scene.audited(AuditAction::DropDeadLetters).await.len();
    assert_eq!(
        (replays, drops),
        (
            usize::from(replayed.accepted > 0),
            usize::from(dropped.dropped > 0)
        )
    );
}

#[tokio::test(start_paused = true)]
async fn of_several_drops_of_a_letter_one_is_audited() {
    let scene = Scene::new();
    let id = scene.store(None, Reason::NotJson, "broken").await;
    let (actor, processes) = (Actor::command_line(), processes::<4>(&scene));
    let drops = join_all(processes.iter().map(|process| process.drop_one(&actor, id))).await;
    assert_eq!(
        drops.iter().filter(|dropped| dropped.is_ok()).count(),
        1,
        "{drops:?}"
    );
    assert_eq!(scene.audited(AuditAction::DropDeadLetters).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn letters_can_be_changed_again_once_the_lease_of_a_dead_process_has_expired() {
    let scene = Scene::new();
    let id = scene.store(None, Reason::NotJson, "broken").await;
    let names = ["deadLetters:change".to_owned(), "deadLetters:replay".to_owned()];
    let leases = &scene.stage.ports.leases;
    let dead = LeaseHolder::unique();
    let lease = Duration::from_secs(10);
    leases.acquire(&dead, &names, lease).await.expect("memory");
    let began = tokio::time::Instant::now();
    let replayed = scene.app.dead_letters.replay_one(&an_administrator(), id).await;
    assert!(matches!(replayed, Ok(ReplayOutcome::Rejected(_))), "{replayed:?}");
    let took = began.elapsed();
    assert!(
        (lease..lease + Duration::from_secs(1)).contains(&took),
        "{took:?}"
    );

    let alive = LeaseHolder::unique();
    let long = Duration::from_secs(600);
    leases.acquire(&alive, &names, long).await.expect("memory");
    let batch = DeadLetterBatch::default();
    let refused = scene
        .app
        .dead_letters
        .replay_batch(&an_administrator(), &batch)
        .await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
    let refused = scene.app.dead_letters.drop_one(&an_administrator(), id).await;
    assert!(matches!(refused, Err(Error::RateLimited { .. })), "{refused:?}");
}
