//! Replays of dead letters.

use application::{
    Actor, Error,
    dead_letters::{DeadLetterAdministration, DeadLetterBatch, DeadLetterQuery, ReplayOutcome},
    ports::PositionStore as _,
    telemetry::Reason,
};
use domain::{AuditAction, OrganizationId};
use rstest::rstest;
use serde_json::json;

use super::{Scene, TextBus, of};
use crate::stage::{an_administrator, settings, unknown_id};

#[tokio::test]
async fn an_accepted_letter_is_published_removed_and_audited() {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    let id = scene.store_position(vehicle, 7.0, 0).await;
    let outcome = scene.app.dead_letters.replay_one(&an_administrator(), id).await;
    assert_eq!(outcome.expect("memory"), ReplayOutcome::Accepted);
    assert_eq!(scene.bus.published(), [7.0]);
    assert!(scene.letters.kept().is_empty());
    let again = scene.app.dead_letters.replay_one(&an_administrator(), id).await;
    assert!(matches!(again, Err(Error::NotFound { .. })));

    let entries = scene.audited(AuditAction::ReplayDeadLetters).await;
    let [entry] = &entries[..] else {
        panic!("{} entries", entries.len())
    };
    assert_eq!(entry.subject_id, Some(*vehicle.as_uuid()));
    assert_eq!(entry.organization_id, Some(OrganizationId::DEFAULT));
    let after = json!(entry.after);
    assert_eq!(after["deadLetterId"], json!(id.to_string()));
    assert_eq!(after["reason"], "disabled_vehicle");
    assert_eq!((&after["accepted"], &after["rejected"]), (&json!(1), &json!({})));
}

#[rstest]
#[case::older("1.0", 60_000, Reason::OutOfOrder)]
#[case::outside("5000", 0, Reason::OutOfBounds)]
#[case::early("1.0", -60_000, Reason::InFuture)]
#[tokio::test]
async fn a_letter_that_would_be_rejected_again_remains_and_is_not_published(
    #[case] x: &str,
    #[case] age_ms: i64,
    #[case] reason: Reason,
) {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    assert!(scene.stage.robot_is_at(vehicle, 1.0));
    let id = scene
        .store_position(vehicle, x.parse().expect("a number"), age_ms)
        .await;
    for _ in 0..3 {
        let outcome = scene.app.dead_letters.replay_one(&an_administrator(), id).await;
        let ReplayOutcome::Rejected(rejection) = outcome.expect("memory") else {
            panic!("it is accepted")
        };
        assert_eq!(rejection.reason, reason);
    }
    assert_eq!(scene.bus.published(), [0.0; 0]);
    assert_eq!(scene.listed(&an_administrator(), of(None, None)).await, [id]);
    let entries = scene.audited(AuditAction::ReplayDeadLetters).await;
    assert_eq!(entries.len(), 3);
    let after = json!(entries[0].after);
    assert_eq!(after["accepted"], 0);
    assert_eq!(after["rejected"], json!({reason.as_str(): 1}));
    let present = scene.stage.live.current_states(&[vehicle]).remove(0);
    let present = present.expect("it exists");
    assert_eq!(
        present.last_rejection, None,
        "the vehicle did not send the message again"
    );
}

#[tokio::test]
async fn the_registration_of_a_vehicle_decides_as_for_its_messages() {
    let scene = Scene::new();
    let disabled = scene.stage.forklift("disabled", true).await.id;
    let deleted = scene.stage.forklift("deleted", true).await.id;
    let gone = scene
        .stage
        .app
        .vehicles
        .delete(&an_administrator(), deleted, None)
        .await;
    gone.expect("it exists");
    for (vehicle, reason) in [
        (disabled, Reason::DisabledVehicle),
        (deleted, Reason::DeletedVehicle),
        (unknown_id(), Reason::UnknownVehicle),
    ] {
        let id = scene.store_position(vehicle, 1.0, 0).await;
        let outcome = scene.app.dead_letters.replay_one(&an_administrator(), id).await;
        let ReplayOutcome::Rejected(rejection) = outcome.expect("memory") else {
            panic!("it is accepted")
        };
        assert_eq!(rejection.reason, reason);
    }
}

#[tokio::test]
async fn a_letter_without_its_whole_message_cannot_be_replayed() {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    let long = format!("{vehicle} 1.0 {}{}", scene.now_ms(), " ".repeat(5_000));
    let id = scene.store(Some(vehicle), Reason::InvalidField, &long).await;
    let letters = &scene.app.dead_letters;
    let refused = letters.replay_one(&an_administrator(), id).await;
    let Err(Error::Conflict { message, .. }) = refused else {
        panic!("it is replayed")
    };
    assert!(message.contains("only 4096 of the"), "{message}");
    let replayed = letters
        .replay_batch(&an_administrator(), &DeadLetterBatch::default())
        .await
        .expect("memory");
    assert_eq!((replayed.accepted, replayed.incomplete), (0, 1));
    assert_eq!(scene.letters.kept().len(), 1);

    let embedded = scene
        .stage
        .with(|ports| ports.dead_letters = scene.letters.clone());
    let short = scene.store_position(vehicle, 1.0, 0).await;
    let refused = embedded.dead_letters.replay_one(&an_administrator(), short).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_replayed_in_the_order_of_arrival() {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    for number in 0..120_i64 {
        scene.store_position(vehicle, number as f64, 1_000 - number).await;
    }
    let broken = scene.store(Some(vehicle), Reason::NotJson, "broken").await;
    let batch = |first, after| DeadLetterBatch {
        query: DeadLetterQuery {
            filter: of(None, Some(vehicle)),
            first: Some(first),
            after,
        },
        until: None,
    };
    let letters = &scene.app.dead_letters;
    let began = tokio::time::Instant::now();
    let replayed = letters
        .replay_batch(&an_administrator(), &batch(110, None))
        .await
        .expect("memory");
    assert_eq!((replayed.accepted, replayed.rejected.len()), (110, 0));
    assert!(replayed.next.is_some());
    let took_ms = began.elapsed().as_millis();
    assert!(
        (1_500..1_510).contains(&took_ms),
        "portions of 50, every half second: {took_ms} ms"
    );
    let rest = letters
        .replay_batch(&an_administrator(), &batch(110, replayed.next))
        .await
        .expect("memory");
    assert_eq!(
        (rest.accepted, rest.rejected),
        (10, [(Reason::NotJson, 1)].into())
    );
    assert_eq!(rest.next, None);
    let expected: Vec<_> = (0..120).map(f64::from).collect();
    assert_eq!(scene.bus.published(), expected);
    assert_eq!(scene.listed(&an_administrator(), of(None, None)).await, [broken]);
}

#[tokio::test(start_paused = true)]
async fn letters_that_are_rejected_again_are_not_paced() {
    let scene = Scene::new();
    for _ in 0..110 {
        scene.store(None, Reason::NotJson, "broken").await;
    }
    let batch = DeadLetterBatch {
        query: DeadLetterQuery {
            first: Some(110),
            ..DeadLetterQuery::default()
        },
        until: None,
    };
    let began = tokio::time::Instant::now();
    let replayed = scene
        .app
        .dead_letters
        .replay_batch(&an_administrator(), &batch)
        .await
        .expect("memory");
    assert_eq!(replayed.rejected, [(Reason::NotJson, 110)].into());
    let took_ms = began.elapsed().as_millis();
    assert!(took_ms < 100, "nothing is published: {took_ms} ms");
}

#[tokio::test]
async fn old_letters_do_not_set_back_the_clock_of_a_vehicle() {
    let scene = Scene::new();
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    assert!(scene.stage.robot_is_at(vehicle, 1.0));
    for number in 0..20_i64 {
        scene.store_position(vehicle, 2.0, 60_000 - number).await;
    }
    let replayed = scene
        .app
        .dead_letters
        .replay_batch(&an_administrator(), &DeadLetterBatch::default())
        .await
        .expect("memory");
    assert_eq!(replayed.rejected, [(Reason::OutOfOrder, 20)].into());
    assert_eq!(scene.letters.kept().len(), 20);
}

#[tokio::test]
async fn a_letter_remains_while_the_bus_is_away() {
    let scene = Scene::with_bus(TextBus {
        is_away: true,
        ..TextBus::default()
    });
    let vehicle = scene.stage.enabled_forklift("one").await.id;
    let id = scene.store_position(vehicle, 1.0, 0).await;
    let outcome = scene.app.dead_letters.replay_one(&an_administrator(), id).await;
    assert!(outcome.is_err_and(|error| error.is_unavailable()));
    assert_eq!(scene.letters.kept().len(), 1);
}

#[tokio::test]
async fn a_command_judges_by_the_registry_and_the_live_keys() {
    let scene = Scene::new();
    let enabled = scene.stage.enabled_forklift("enabled").await.id;
    let disabled = scene.stage.forklift("disabled", false).await.id;
    let known = scene.stage.position(1.0);
    let stored = scene.stage.store.set_position(enabled, &known).await;
    assert!(stored.expect("memory"));
    let older = scene.store_position(enabled, 2.0, 60_000).await;
    let refused = scene.store_position(disabled, 2.0, 0).await;
    let newer = scene.store_position(enabled, 3.0, -1_000).await;
    let between = scene.store_position(enabled, 4.0, -500).await;

    let rules = settings();
    let command =
        DeadLetterAdministration::beside_servers(&scene.ports(), rules.live, rules.max_messages_per_vehicle);
    let actor = Actor::command_line();
    for (id, expected) in [
        (older, Some(Reason::OutOfOrder)),
        (refused, Some(Reason::DisabledVehicle)),
        (newer, None),
        // The keys do not contain the position that was just published.
        (between, Some(Reason::OutOfOrder)),
    ] {
        let outcome = command.replay_one(&actor, id).await.expect("memory");
        let reason = match outcome {
            ReplayOutcome::Accepted => None,
            ReplayOutcome::Rejected(rejection) => Some(rejection.reason),
        };
        assert_eq!(reason, expected);
    }
    assert_eq!(scene.bus.published(), [3.0]);
}
